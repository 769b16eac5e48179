"""Where that lies which a source is cut by: a file that was named, or of its name, or inside it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from audioset.curation.workspace.clip_files import read_sha256
from audioset.documents.cues import find_cues_beside
from audioset.documents.transcripts import find_lines_beside
from audioset.errors import NotFoundError, as_option
from audioset.records.cut_options import CutOptions

_KALDI = ("segments", "text", "utt2spk")  # what is read of a folder of that kind


@dataclass(frozen=True, slots=True)
class CuePlace:
    """A file of cues or lines, or a subtitle stream inside the source; neither for other ways.

    Attributes:
        file: may be a folder of Kaldi data.
        stream: its number, from 1.
        beside: the file was found beside the source; nobody named it.
    """

    file: Path | None = None
    stream: int | None = None
    beside: bool = False

    def sha256(self) -> str:
        """Hash the bytes of the file, hex.

        Raises:
            NotFoundError: it is gone.
            MediaError: it cannot be read.
        """
        assert self.file is not None  # noqa: S101  asked of a file only
        folder = self.file.parent if self.file.name == _KALDI[0] else self.file
        if not (folder / _KALDI[0]).is_file():
            return read_sha256(self.file)
        there = [folder / name for name in _KALDI if (folder / name).is_file()]
        listed = "".join(f"{path.name} {read_sha256(path)}\n" for path in there)
        return hashlib.sha256(listed.encode()).hexdigest()


def find_place(
    path: Path, options: CutOptions, *, labels: Path | None, transcript: Path | None
) -> CuePlace:
    """Find what a source is to be cut by.

    Args:
        path: the source.
        options: the way to cut, and the stream.
        labels, transcript: a file, or a folder that holds one for each source; None looks beside
            the source, and for subtitles inside.

    Raises:
        NotFoundError: there is no such file.
        InvalidInputError: nobody can tell which of several is meant.
    """
    if options.by == "lines":
        return _lines_place(path, transcript)
    if not options.by_cues:
        return CuePlace()
    if options.stream and options.by == "subtitles":
        return CuePlace(stream=options.stream)
    if labels is not None:
        return CuePlace(_file_of(path, labels))
    by_subtitles = options.by == "subtitles"
    beside = find_cues_beside(path, kinds="subtitles" if by_subtitles else "labels")
    if beside is not None:
        return CuePlace(beside, beside=True)
    if not by_subtitles:
        raise NotFoundError(
            f"{path}: no label file of the same name beside it; name one with {as_option('labels')}"
        )
    return CuePlace(stream=1)


def _file_of(path: Path, labels: Path) -> Path:
    if not labels.is_dir() or (labels / _KALDI[0]).is_file():
        return labels
    found = find_cues_beside(labels / path.name, kinds="any")
    if found is None:
        raise NotFoundError(f"{path}: no file of cues of the same name in {labels}")
    return found


def _lines_place(path: Path, given: Path | None) -> CuePlace:
    if given is not None and not given.is_dir():
        return CuePlace(given)
    found = find_lines_beside(path if given is None else given / path.name)
    if found is not None:
        return CuePlace(found, beside=given is None)
    if given is not None:
        raise NotFoundError(f"{path}: no transcript of the same name in {given}")
    raise NotFoundError(
        f"{path}: no transcript of the same name beside it; name one with {as_option('transcript')}"
    )
