"""A pronunciation lexicon: how words of a transcript are said, one word per line."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from audioset.documents.reading.text import decode_text, shown
from audioset.documents.transcripts.docx_file import load_bytes
from audioset.errors import InvalidInputError

_MAX_WORDS = 100_000
_OPEN, _CLOSE = "[[", "]]"


def read_lexicon(path: Path) -> dict[str, str]:
    """Read words and their phonemes.

    Each line is a word, then spaces or a tab, then how it is said in the phonemes of espeak-ng,
    with or without double brackets: `hoose  [[h'u:s]]`. Blank lines and `#` comments are skipped.

    Returns:
        Word, in small letters, to phonemes without brackets.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: not text, a line without phonemes, or a word twice; with file and line.
    """
    try:
        text = decode_text(load_bytes(path))
        return _parse(text)
    except InvalidInputError as error:
        raise InvalidInputError(f"{path}: {error}") from error


def lexicon_digest(lexicon: Mapping[str, str]) -> str:
    """Give the sha256 of what a lexicon says, hex; order and comments do not matter. "" of none."""
    if not lexicon:
        return ""
    return hashlib.sha256(json.dumps(lexicon, sort_keys=True).encode()).hexdigest()


def _parse(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, row in enumerate(text.split("\n"), 1):
        if not row.strip() or row.lstrip().startswith("#"):
            continue
        word, _, rest = row.strip().replace("\t", " ").partition(" ")
        phonemes = _bare(rest.strip())
        if not phonemes:
            raise InvalidInputError(
                f"line {number}: {shown(row)} says not how the word is said; write it as: "
                "hoose  h'u:s"
            )
        if word.casefold() in found:
            raise InvalidInputError(f"line {number}: {shown(word)} is there twice; keep one")
        found[word.casefold()] = phonemes
    if len(found) > _MAX_WORDS:
        raise InvalidInputError(
            f"has {len(found):,} words, audioset reads up to {_MAX_WORDS:,}; keep the unusual ones"
        )
    return found


def _bare(phonemes: str) -> str:
    if phonemes.startswith(_OPEN) and phonemes.endswith(_CLOSE):
        phonemes = phonemes[len(_OPEN) : -len(_CLOSE)]
    return "" if _OPEN in phonemes or _CLOSE in phonemes else phonemes.strip()
