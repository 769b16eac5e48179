"""TrainedAligner: what became of a training of the dataset's own aligner."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedAligner:
    """A registered aligner and what it learnt from.

    Attributes:
        model: `models:/name/3`.
        aliases: that were moved to it.
        version: what it was trained on, `name@v3` or a view of it.
        run_id: of its MLflow run, which pins that.
        voice: of espeak-ng, that divided the texts into phones; a cut with it begins with the same.
        language: of the texts, where it was asked for.
        lexicon_sha256: of what the lexicon says; None without one.
        num_clips: of the view.
        num_used: of these, clips whose sound fits their text well enough to learn from.
        length_seconds: of the clips of the view.
        num_phones: that it knows.
        size_bytes: of its file.
    """

    model: str
    aliases: tuple[str, ...]
    version: str
    run_id: str
    voice: str
    num_clips: int
    num_used: int
    length_seconds: float
    num_phones: int
    size_bytes: int
    language: str | None = None
    lexicon_sha256: str | None = None
