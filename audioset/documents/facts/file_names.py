"""Names of files as people write them into tables, held against the files that are there.

Two spellings name one file when they differ in case, in blanks, underscores and dashes, in the
ending of a media file, in the Unicode form, in zeros before numbers, or in folders before the name.
Nothing here opens a file: a name from a table is only compared, so that none leads out of the
folder.
"""

import os
import re
import unicodedata

from audioset.media.suffixes import MEDIA_SUFFIXES

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def words_of(text: str) -> list[str]:
    """Divide a name into its words and numbers; case, signs and the Unicode form go."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    words, last = [""], ""
    for sign in folded:
        # Marks belong to their letters, and symbols such as + say something.
        kind = "number" if sign.isdecimal() else unicodedata.category(sign)[0]
        kind = "" if kind in "PZC" else "number" if kind == "number" else "letter"
        if kind != last:
            words.append("")
        if kind:
            words[-1] += sign
        last = kind
    return [word for word in words if word]


def same_word(text: str) -> str:
    """Give what spellings of one name have in common.

    Between numbers a sign stays, since 1-1 is not 11.
    """
    joined = ""
    for word in words_of(text):
        both = joined[-1:].isdecimal() and word[0].isdecimal()
        joined += f"_{word}" if both else word
    return joined


def without_zeros(word: str) -> str:
    """Take the zeros from the front of each number: clip7 for clip007."""
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", word)


def without_ending(name: str) -> str:
    """Take the ending of a media file off; other dots belong to the name."""
    stem, dot, ending = name.rpartition(".")
    return stem if dot and stem and f".{ending.lower().strip()}" in MEDIA_SUFFIXES else name


def leads_out(written: str) -> bool:
    """Tell a name that cannot mean a file below the folder."""
    plain = written.strip().replace("\\", "/")
    absolute = plain.startswith("/") or _DRIVE.match(written.strip()) is not None
    return absolute or os.path.normpath(plain).startswith("..")


def plain_path(written: str) -> str:
    """Give a path in one form: the same on every system."""
    return os.path.normpath(unicodedata.normalize("NFC", written.strip()).replace("\\", "/"))


def path_parts(written: str) -> list[str]:
    """Divide a path of whatever system into its folders and its name; a drive is none."""
    parts = re.split(r"[\\/]+", written.strip())
    return [part for part in parts if part and not re.fullmatch(r"[A-Za-z]:", part)]
