"""Names of sources, clips and versions: how they are built and how they are read back."""

import re
from dataclasses import dataclass
from pathlib import Path, PurePath

from audioset.errors import InvalidInputError
from audioset.settings import NAME_PATTERN, slug

# 95, so that `<clip_id>.flac` fits the 100 bytes of a ustar name.
CLIP_ID_PATTERN = re.compile(r"[a-z0-9-]{1,95}")
_CLIP_ID_WITH_TIMES = re.compile(r"[a-z0-9-]+-[0-9]{9,}-[0-9]{9,}")
_OF_SOURCE = re.compile(r"(?P<source>.+?)-(?:t[0-9])?(?:c[0-9]+)?-?[0-9]{9,}-[0-9]{9,}")
_PART = re.compile(r"-(?:t(?P<track>[0-9]))?(?:c(?P<channel>[0-9]+))?-?[0-9]{9,}-[0-9]{9,}")
# Not v and digits: that is a version.
_ALIAS = re.compile(r"(?!v[0-9]+$)[a-z][a-z0-9-]{0,63}")
_REFERENCE = re.compile(rf"(?P<dataset>{NAME_PATTERN.pattern})@v(?P<version>[1-9][0-9]{{0,8}})")


def make_source_id(file_name: str, sha256: str) -> str:
    """Name a source: slug of its file name, then 8 hex of the sha256 of its bytes.

    Two files of one name get two ids, and the same file found in two folders gets one.
    """
    return f"{slug(PurePath(file_name).stem, fallback='source')}-{sha256[:8]}"


def make_clip_id(
    source_id: str,
    start_seconds: float,
    end_seconds: float,
    *,
    track: int = 1,
    channel: int | None = None,
) -> str:
    """Name a clip: source id, start and end in whole milliseconds, 9 digits each.

    Between them stands `t2` for another audio track than the first, `c1` for one channel of
    several: the same times of another track or channel are another clip.

    Only `[a-z0-9-]`, at most 95 characters: stock webdataset splits keys at the first dot and
    cuts long ones silently.
    """
    part = (f"t{track}" if track > 1 else "") + (f"c{channel}" if channel else "")
    times = f"{round(start_seconds * 1000):09d}-{round(end_seconds * 1000):09d}"
    return "-".join(filter(None, (source_id, part, times)))


def is_clip_id(text: str) -> bool:
    """Tell whether `text` has the form of a clip id: it ends with the clip's times."""
    return _CLIP_ID_WITH_TIMES.fullmatch(text) is not None


def source_of_clip(clip_id: str) -> str | None:
    """Give the id of the source that the id of a clip names; None where it has another form."""
    found = _OF_SOURCE.fullmatch(clip_id)
    return found["source"] if found else None


def read_part(clip_id: str, source_id: str) -> tuple[int, int | None] | None:
    """Give track and channel that the id of a clip names; None where it is of another source.

    The channel is None for a mix.
    """
    if not clip_id.startswith(source_id):
        return None
    found = _PART.fullmatch(clip_id, len(source_id))
    if found is None:
        return None
    channel = found["channel"]
    return int(found["track"] or 1), int(channel) if channel else None


def clip_path(clips_dir: Path, clip_id: str) -> Path:
    """Tell where a working clip's audio lies, by convention: no row holds a path."""
    return clips_dir / clip_file_name(clip_id)


def clip_file_name(clip_id: str) -> str:
    """Name a working clip's audio file."""
    return f"{clip_id}.flac"


@dataclass(frozen=True, slots=True)
class VersionRef:
    """One published version by name, written `scots@v3`."""

    dataset: str
    version: int

    def __str__(self) -> str:
        return f"{self.dataset}@v{self.version}"


@dataclass(frozen=True, slots=True)
class AliasRef:
    """A name that may move from version to version, written `scots@prod`."""

    dataset: str
    alias: str

    def __str__(self) -> str:
        return f"{self.dataset}@{self.alias}"


def parse_version_ref(text: str) -> VersionRef:
    """Read `name@v3`.

    Raises:
        InvalidInputError: the text has another form.
    """
    match = _REFERENCE.fullmatch(text)
    if match is None:
        raise InvalidInputError(f"{text!r} does not name a version; write it as name@v3")
    return VersionRef(match["dataset"], int(match["version"]))


def parse_reference(text: str) -> VersionRef | AliasRef:
    """Read `name@v3` or `name@alias`.

    Raises:
        InvalidInputError: the text has another form.
    """
    dataset, separator, name = text.partition("@")
    if is_version_ref(text) or not separator or not NAME_PATTERN.fullmatch(dataset):
        return parse_version_ref(text)
    return AliasRef(dataset, require_alias(name))


def is_reference(text: str) -> bool:
    """Tell whether `text` has the form `name@v3` or `name@alias`."""
    dataset, separator, name = text.partition("@")
    return bool(
        separator
        and NAME_PATTERN.fullmatch(dataset)
        and (is_version_ref(text) or _ALIAS.fullmatch(name))
    )


def split_view(text: str) -> tuple[str, str | None]:
    """Divide the name of a view, `name@v3?snr_db > 20`, into reference and condition.

    Any other text, such as a path, is given back with None.

    Raises:
        InvalidInputError: there is nothing after the question mark.
    """
    reference, mark, condition = text.partition("?")
    if not mark or not is_reference(reference):
        return text, None
    if not condition.strip():
        raise InvalidInputError(
            f"{text!r} has no condition; write it after the question mark, for example "
            f"'{reference}?snr_db > 20'"
        )
    return reference, condition.strip()


def require_alias(name: str) -> str:
    """Give the name back when an alias may have it.

    Raises:
        InvalidInputError: it may not; `v3` would look like a version.
    """
    if not _ALIAS.fullmatch(name):
        raise InvalidInputError(
            f"{name!r} cannot be an alias; use a-z, 0-9 and -, begin with a letter, and not v "
            "and a number"
        )
    return name


def is_version_ref(text: str) -> bool:
    """Tell whether `text` has the form `name@v3`."""
    return _REFERENCE.fullmatch(text) is not None
