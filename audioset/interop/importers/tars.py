"""Tars of sounds, looked through from end to end: nothing is unpacked, no name is followed."""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from audioset.errors import InvalidInputError
from audioset.media.suffixes import MEDIA_SUFFIXES
from audioset.records.corpus_item import FileRange

_MOST_TEXT_BYTES = 16 * 1024 * 1024  # of a member that is read as text


@dataclass(slots=True)
class TarGroup:
    """Members of a tar that have one key: their names up to the first dot, folders included.

    Attributes:
        key: of them.
        sounds: by the rest of the name, such as "flac" or "left.wav".
        texts: what the others hold, likewise; of what is larger than 16 MB, nothing.
        others: the rest of the names of members that are neither.
    """

    key: str
    sounds: dict[str, FileRange] = field(default_factory=dict)
    texts: dict[str, bytes] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)


def tar_groups(path: Path, texts: frozenset[str]) -> Iterator[TarGroup]:
    """Yield the groups of a tar, in its order; one holds members that follow each other.

    Args:
        path: of a tar that is not compressed.
        texts: endings of members that are read, such as "json".

    Raises:
        InvalidInputError: it cannot be read, is compressed, or is damaged; what came before it was
            given.
    """
    group: TarGroup | None = None
    try:
        with tarfile.open(path, "r:") as tar:
            for member in tar:
                tar.members = []  # type: ignore[attr-defined]  # else it keeps all that it has seen
                if not member.isreg():
                    continue
                key, ending = _key_of(member.name)
                if group is None or group.key != key:
                    if group is not None:
                        yield group
                    group = TarGroup(key)
                _put(group, path, tar, member, ending, texts)
    except (tarfile.TarError, OSError, EOFError) as error:
        if group is not None:
            yield group
        raise InvalidInputError(f"{path} is no whole tar, or a compressed one ({error})") from error
    if group is not None:
        yield group


def first_groups(path: Path, number: int, texts: frozenset[str]) -> list[TarGroup]:
    """Give the first groups of a tar, to see what it is; none where it is no tar."""
    found = []
    try:
        for group in tar_groups(path, texts):
            found.append(group)
            if len(found) == number:
                break
    except InvalidInputError:
        return []
    return found


def list_tars(path: Path) -> list[Path]:
    """List the tars that a path means: itself, those of a folder, or those of its folders."""
    if path.is_file():
        return [path] if path.suffix == ".tar" else []
    return sorted([*path.glob("*.tar"), *path.glob("*/*.tar")]) if path.is_dir() else []


def _put(
    group: TarGroup,
    path: Path,
    tar: tarfile.TarFile,
    member: tarfile.TarInfo,
    ending: str,
    texts: frozenset[str],
) -> None:
    last = ending.rpartition(".")[2].lower()
    if f".{last}" in MEDIA_SUFFIXES and not member.issparse():
        group.sounds[ending] = FileRange(path, member.name, member.offset_data, member.size)
    elif last in texts and member.size <= _MOST_TEXT_BYTES:
        file = tar.extractfile(member)
        group.texts[ending] = b"" if file is None else file.read()
    else:
        group.others.append(ending)


def _key_of(name: str) -> tuple[str, str]:
    folder, slash, base = name.rpartition("/")
    stem, _, ending = base.partition(".")
    return f"{folder}{slash}{stem}", ending
