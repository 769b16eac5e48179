"""Lists of texts and sound files, as trainers of voices read them: one line a clip, `|` between.

No quotes are read there, so that a `|` or a line break in a text would make another row: they are
replaced, which is told. All clips need a text.
"""

from collections.abc import Callable
from dataclasses import dataclass

from audioset.interop.exporters.flat_text import one_line
from audioset.records.export_contracts import NO_SPLIT, ExportedClip, ExportFormat, ExportJob
from audioset.records.split_report import SPLITS

_WAVS = "wavs"
_NOBODY = "speaker"  # who speaks where nobody is named
_NAMED = "without a speaker: called speaker"
_IN_LIST = "{}: in {}, which does not tell so"
_MakeRow = Callable[[ExportedClip], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _List:
    """How a trainer wants its lists.

    Attributes:
        lines: gives, for an export, what makes the columns of a clip.
        train: name of the list of the clips to learn from.
        held_out: name of the list of all others; None where there is one list for all.
        header: the first line; None for none.
    """

    lines: Callable[[ExportJob], _MakeRow]
    train: str = "metadata.csv"
    held_out: str | None = None
    header: tuple[str, ...] | None = None

    def write(self, job: ExportJob) -> None:
        """Write the lists, and the sound beside."""
        line = self.lines(job)
        lists: dict[str, list[str]] = {}
        for split in job.splits:
            is_held_out = self.held_out is not None and split in SPLITS[1:]
            name = (self.held_out if is_held_out else None) or self.train
            lists.setdefault(name, []).append(split)
        for name, splits in lists.items():
            with job.open(name) as file:
                if self.header is not None:
                    file.write(("|".join(self.header) + "\n").encode())
                for split in splits:
                    self._tell_of_split(job, split, name)
                    for clip in job.clips(job.rows_of(split)):
                        job.write_clip(f"{_WAVS}/{clip.file_name}", clip)
                        file.write(("|".join(line(clip)) + "\n").encode())

    def _tell_of_split(self, job: ExportJob, split: str, name: str) -> None:
        """Tell what of the split the list does not say."""
        if self.held_out is None:
            return
        if split != SPLITS[0 if name == self.train else 1]:
            of = "without a split" if split == NO_SPLIT else f"of the split {split}"
            job.changed(_IN_LIST.format(of, name), job.rows_of(split).num_rows)


def _text(job: ExportJob, clip: ExportedClip) -> str:
    return one_line(job, clip.row["text"], "|")


def _speaker(job: ExportJob, clip: ExportedClip) -> str:
    name = one_line(job, clip.row["speaker"], "|", of="speaker")
    if not name:
        job.changed(_NAMED)
    return name or _NOBODY


def _path(clip: ExportedClip) -> str:
    return f"{_WAVS}/{clip.file_name}"


def _ljspeech(job: ExportJob) -> _MakeRow:
    def line(clip: ExportedClip) -> tuple[str, ...]:
        text = _text(job, clip)
        return clip.clip_id, text, text

    return line


def _piper(job: ExportJob) -> _MakeRow:
    if job.rows["speaker"].null_count or len(job.rows["speaker"].unique()) > 1:
        return lambda clip: (clip.clip_id, _speaker(job, clip), _text(job, clip))
    return lambda clip: (clip.clip_id, _text(job, clip))


def _xtts(job: ExportJob) -> _MakeRow:
    return lambda clip: (_path(clip), _text(job, clip), _speaker(job, clip))


def _f5(job: ExportJob) -> _MakeRow:
    return lambda clip: (f"{job.place}/{_path(clip)}", _text(job, clip))


def _styletts(job: ExportJob) -> _MakeRow:
    return lambda clip: (clip.file_name, _text(job, clip), _speaker(job, clip))


def _format(name: str, summary: str, lists: _List, *columns: str) -> ExportFormat:
    return ExportFormat(
        name=name,
        summary=summary,
        write=lists.write,
        audio=("wav",),
        holds=frozenset({"text", *columns}),
        needs_text=True,
    )


LJSPEECH = _format("ljspeech", "metadata.csv of id, text, text, and wavs/", _List(_ljspeech))
PIPER = _format(
    "piper", "metadata.csv of id, text (speaker between, if several)", _List(_piper), "speaker"
)
XTTS = _format(
    "xtts",
    "metadata_train.csv and metadata_eval.csv with a header, for XTTS",
    _List(
        _xtts,
        "metadata_train.csv",
        "metadata_eval.csv",
        ("audio_file", "text", "speaker_name"),
    ),
    "speaker",
    "split",
)
F5 = _format(
    "f5",
    "metadata.csv with a header and whole paths, for F5-TTS",
    _List(_f5, header=("audio_file", "text")),
)
STYLETTS = _format(
    "styletts",
    "train_list.txt and val_list.txt of file, text, speaker, for StyleTTS 2",
    _List(_styletts, "train_list.txt", "val_list.txt"),
    "speaker",
    "split",
)
