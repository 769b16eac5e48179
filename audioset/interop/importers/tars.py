"""Tars of sounds, looked through from end to end: nothing is unpacked, no name is followed."""

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path

from audioset.errors import InvalidInputError
from audioset.interop.importers.folders import files_in, folders_in
from audioset.interop.importers.keyed import KeyedValues
from audioset.interop.importers.packed import (
    PACKED_TARS,
    UNPACKING_ERRORS,
    is_packed_tar,
    open_packed,
)
from audioset.media.suffixes import MEDIA_SUFFIXES
from audioset.records.corpus_item import FileRange, HeldBytes

_MOST_TEXT_BYTES = 16 * 1024 * 1024  # of a member that is read as text
_MOST_HELD_BYTES = 256 * 1024 * 1024  # of a sound in a packed tar, which is held whole
_TARS = (".tar", *PACKED_TARS)
_SUFFIXES_OF_TARS = frozenset(Path(f"x{ending}").suffix for ending in _TARS)

TarSound = FileRange | HeldBytes


@dataclass(slots=True)
class TarGroup:
    """Members of a tar that have one key: their names up to the first dot, folders included.

    Attributes:
        key: of them.
        sounds: by the rest of the name, such as "flac" or "left.wav"; of a packed tar, their bytes.
        texts: what the others hold, likewise; of what is larger than 16 MB, nothing.
        others: the rest of the names of members that are neither.
    """

    key: str
    sounds: dict[str, TarSound] = field(default_factory=dict)
    texts: dict[str, bytes] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)


def tar_groups(path: Path, texts: frozenset[str]) -> Iterator[TarGroup]:
    """Yield the groups of a tar, in its order; one holds members that follow each other.

    Args:
        path: of a tar; one that is compressed says so by its name.
        texts: endings of members that are read, such as "json".

    Raises:
        InvalidInputError: it cannot be read, or is damaged; what came before it was given.
    """
    group: TarGroup | None = None
    try:
        with _opened(path) as tar:
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
            _require_end(tar)
    except (tarfile.TarError, *UNPACKING_ERRORS) as error:
        if group is not None:
            yield group
        raise InvalidInputError(f"{path} is no whole tar ({error}); fetch it again") from error
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
        return [path] if path.suffix == ".tar" or is_packed_tar(path) else []
    folders = (path, *folders_in(path)) if path.is_dir() else ()
    below = (file for folder in folders for file in files_in(folder, _SUFFIXES_OF_TARS))
    return sorted(file for file in below if file.name.endswith(_TARS))


class TarMembers:
    """Where the sounds of tars that are not packed lie, by their names without suffix.

    Names stand on disk once they are many; each tar is looked through once, when it is first asked
    of.
    """

    def __init__(self, held: KeyedValues) -> None:
        self._held = held
        self._seen: set[Path] = set()

    def find(self, tar: Path, stem: str) -> FileRange | None:
        """Find a sound of a tar; None where it has none of that name.

        Raises:
            InvalidInputError: the tar cannot be read, or is damaged; asked again, what came before
                the damage is found.
        """
        if tar not in self._seen:
            self._seen.add(tar)
            self._held.fill(str(tar), self._members(tar))
        found = self._held.get(str(tar), stem)
        if found is None:
            return None
        start, size, name = found.split(" ", 2)
        return FileRange(tar, name, int(start), int(size))

    def _members(self, tar: Path) -> Iterator[tuple[str, str]]:
        for group in tar_groups(tar, frozenset()):
            for sound in group.sounds.values():
                if isinstance(sound, FileRange):
                    stem = sound.name.rpartition(".")[0]  # ids may hold dots
                    yield stem, f"{sound.start_bytes} {sound.size_bytes} {sound.name}"


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    if not is_packed_tar(path):
        with tarfile.open(path, "r:") as tar:
            yield tar
        return
    with open_packed(path) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
        yield tar


def _require_end(tar: tarfile.TarFile) -> None:
    """Tell the end of a tar from a member that is broken off: both end the list of members."""
    file = tar.fileobj
    if file is None or not isinstance(file, BufferedReader):
        return  # of a packed one, what unpacks it tells
    file.seek(tar.offset)
    if file.read(tarfile.BLOCKSIZE).strip(b"\0"):
        raise tarfile.ReadError("it is broken off, or damaged, at the beginning of a member")


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
        if not is_packed_tar(path):
            group.sounds[ending] = FileRange(path, member.name, member.offset_data, member.size)
        elif member.size <= _MOST_HELD_BYTES:
            file = tar.extractfile(member)
            group.sounds[ending] = HeldBytes(member.name, b"" if file is None else file.read())
        else:
            group.others.append(f"{ending} of more than 256 MB, too large inside of a packed tar")
    elif last in texts and member.size <= _MOST_TEXT_BYTES:
        file = tar.extractfile(member)
        group.texts[ending] = b"" if file is None else file.read()
    else:
        group.others.append(ending)


def _key_of(name: str) -> tuple[str, str]:
    folder, slash, base = name.rpartition("/")
    stem, _, ending = base.partition(".")
    return f"{folder}{slash}{stem}", ending
