"""Timed text that lies beside a source under its name."""

import re
import unicodedata
from pathlib import Path
from typing import Literal

from audioset.documents.cues.audacity import read_label
from audioset.documents.cues.recognised import parse_json
from audioset.documents.cues.sniff import sniff
from audioset.documents.reading.text import load_text
from audioset.errors import AudiosetError, InvalidInputError

Kinds = Literal["subtitles", "labels", "any"]

# Best first. What people drew by hand around the sound comes before captions, captions before
# tables (any file can be a table) and before lists of turns, which often have no text.
_LABELS = (".textgrid", ".eaf", ".aud", ".txt")
_SUBTITLES = (".vtt", ".webvtt", ".srt", ".ass", ".ssa", ".ttml", ".dfxp", ".sbv")
_LISTS = (".csv", ".tsv", ".xlsx", ".ctm", ".rttm", ".stm", ".json")
_ORDER = {
    "subtitles": _SUBTITLES,
    "labels": _LABELS + _LISTS,
    "any": _LABELS + _SUBTITLES + _LISTS,
}
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{1,8}){0,3}", re.IGNORECASE | re.ASCII)
_PEEK_BYTES = 4096


def find_cues_beside(source: Path, *, kinds: Kinds) -> Path | None:
    """Find the file of timed text with the source's name in the source's folder.

    `talk.mp4` has `talk.vtt`, or for subtitles `talk.en.vtt` with a language; the ending may be
    in large or small letters. Of several the best kind is taken:

    - subtitles: vtt, srt, ass, ssa, ttml, dfxp, sbv
    - labels: TextGrid, eaf, Audacity (aud; txt that holds labels or captions), csv, tsv, xlsx,
      ctm, rttm, stm, json of a shape that is known
    - any: TextGrid, eaf, Audacity, then subtitles, then csv to json

    Of one kind, the name without a language comes first, then one that ends in `-orig` (so
    YouTube marks the language that is spoken), then the shortest, then by alphabet.

    Returns:
        The path; None when there is none.

    Raises:
        InvalidInputError: the best kind is there in several languages and nothing says which one
            is spoken.
    """
    stem = unicodedata.normalize("NFC", source.stem)
    found: dict[str, list[tuple[str, Path]]] = {}  # ending -> language and path of each
    try:
        names = list(source.absolute().parent.iterdir())
    except OSError:
        return None
    for path in names:
        ending = path.suffix.lower()
        language = _language(unicodedata.normalize("NFC", path.stem), stem)
        if language is None or ending not in _ORDER[kinds] or path.name == source.name:
            continue
        if not language or ending in _SUBTITLES:  # talk.raw.csv is not labels in a language
            found.setdefault(ending, []).append((language, source.with_name(path.name)))
    for ending in _ORDER[kinds]:
        usable = [each for each in found.get(ending, []) if _is_usable(each[1])]
        if usable:
            return _best(source, usable)
    return None


def _language(stem: str, source_stem: str) -> str | None:
    """Give the language in a name, "" for none; None when it is the name of something else."""
    if stem == source_stem:
        return ""
    if not stem.startswith(f"{source_stem}."):
        return None
    language = stem[len(source_stem) + 1 :]
    return language.lower() if _LANGUAGE.fullmatch(language) else None


def _is_usable(path: Path) -> bool:
    """Tell a file from a folder, and labels from a transcript: both are named .txt."""
    if not path.is_file():
        return False
    if path.suffix.lower() == ".json":  # it may be about anything
        try:
            parse_json(load_text(path))
        except AudiosetError:
            return False
        return True
    return path.suffix.lower() != ".txt" or is_labels(path)


def is_labels(path: Path) -> bool:
    """Tell labels and captions from a transcript, by what a text file holds.

    Its first line is a label of Audacity, or it is of a kind that `sniff` knows.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_PEEK_BYTES).decode("utf-8-sig", errors="replace")
    except OSError:
        return False
    first = next((line for line in head.splitlines() if line.strip()), "")
    if read_label(first) is not None:
        return True
    try:
        return sniff(path) is not None
    except InvalidInputError:
        return False  # of another kind; whoever reads it says of which


def _best(source: Path, usable: list[tuple[str, Path]]) -> Path:
    def rank(each: tuple[str, Path]) -> tuple[bool, bool, int, str]:
        language, path = each
        return language != "", not language.endswith("-orig"), len(language), path.name

    ordered = sorted(usable, key=rank)
    language, best = ordered[0]
    spoken = {re.split("[-_]", each)[0] for each, _ in ordered}
    if language and not language.endswith("-orig") and len(spoken) > 1:
        listed = ", ".join(path.name for _, path in ordered[:5])
        raise InvalidInputError(
            f"{source}: several languages lie beside it ({listed}); name the file to use"
        )
    return best
