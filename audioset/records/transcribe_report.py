"""TranscribeReport: what became of the clips that a model was to write texts of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscribeReport:
    """What became of the working clips.

    Attributes:
        text_source: of the model, `model:<name>@<version>`; None when no clip needed it.
        num_clips: of the workspace, without rejected ones.
        num_written: clips that have a text by the model now.
        num_silent: clips in which it found no words.
        num_doubtful: of those with a text, clips in which hardly any speech is heard, or a text of
            more letters than anybody says in them: the model may have made it up. The limits are
            those of `audioset check`, which names the clips.
        num_kept: clips that nobody asked it to write: they have a text, or it found none before.
        failures: clips or manifests that failed, with the reason.
    """

    text_source: str | None
    num_clips: int
    num_written: int = 0
    num_silent: int = 0
    num_doubtful: int = 0
    num_kept: int = 0
    failures: tuple[tuple[str, str], ...] = ()
