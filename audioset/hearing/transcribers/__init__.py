"""Floor 3a: models that write what is said."""

from audioset.hearing.transcribers.open import open_transcriber, transcribe_sounds

__all__ = ["open_transcriber", "transcribe_sounds"]
