"""Floor 3a: models that write what is said."""

from audioset.hearing.transcribers.open import needs_of, open_transcriber, transcribe_sounds

__all__ = ["needs_of", "open_transcriber", "transcribe_sounds"]
