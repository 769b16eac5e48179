"""Which source is a file: one that the workspace has under another name, a copy, or a new one.

Bytes decide, never names. A name says only that a file may be the successor of another.
"""

from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

from audioset.curation.sources.find import Finder
from audioset.curation.sources.known import KnownSource, find_cut, find_named, read_known
from audioset.curation.sources.places import SourcePlaces, absolute
from audioset.curation.workspace.fetch_source import RemoteSource, still_lies_at
from audioset.curation.workspace.working import Working
from audioset.records.identity import make_source_id
from audioset.records.source_news import SourceNews


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which source some bytes are.

    Attributes:
        source_id: as it was first called, or as it is called now when it is new.
        name: its file name then.
        sha256: of the bytes.
        news: what is new about it as a file; None when nothing is, or the source is new.
        before: the source whose place it took, when it is new there.
    """

    source_id: str
    name: str
    sha256: str
    news: SourceNews | None = None
    before: KnownSource | None = None

    @classmethod
    def new(cls, path: Path, sha256: str) -> "Identity":
        """Name a source after its file."""
        return cls(source_id=make_source_id(path.name, sha256), name=path.name, sha256=sha256)


def identify(
    path: Path,
    sha256: str,
    working: Working,
    places: SourcePlaces,
    *,
    origin: RemoteSource | None = None,
    replacing: bool = False,
) -> Identity:
    """Tell which source the bytes of a file are.

    Args:
        path: the file.
        sha256: of its bytes.
        working: the workspace.
        places: what this machine remembers.
        origin: where it was fetched from; None for a local file.
        replacing: it shall take the place of a source: that may be the only one of its name that
            this machine has not seen, and it may be cut already.
    """
    own_id = make_source_id(path.name, sha256)
    cut = find_cut(working.manifests_dir, sha256)
    known = next((source for source in cut if source.source_id == own_id), cut[0] if cut else None)
    before = None
    if known is None or origin is None or replacing:
        before = _before(path, sha256, working, places, origin, by_name=replacing)
    source_id, name = (known.source_id, known.name) if known else (own_id, path.name)
    news = None
    if known is not None:
        news = _news_of_url(known, origin.url) if origin else _news(known, path, places, working)
    if before is not None:
        place = places.by_sha256.get(before.sha256)
        was = before.url or (place.path if place else None)
        news = SourceNews(kind="changed", source_id=before.source_id, name=before.name, was=was)
    elif known is None and origin is None:
        for other in _namesakes(path, sha256, working, places):
            news = SourceNews(kind="namesake", source_id=other.source_id, name=other.name)
    return Identity(source_id=source_id, name=name, sha256=sha256, news=news, before=before)


def _news(
    known: KnownSource, path: Path, places: SourcePlaces, working: Working
) -> SourceNews | None:
    """Tell what is new about a file whose bytes were cut before; nothing is told twice."""
    place = places.by_sha256.get(known.sha256)
    same_name = normalize("NFC", known.name) == normalize("NFC", path.name)
    if place is None:
        if same_name or known.url is not None:
            return None
        return SourceNews(kind="renamed", source_id=known.source_id, name=known.name)
    was = Path(place.path)
    if normalize("NFC", place.path) == normalize("NFC", absolute(path)) or _is_same(was, path):
        return None
    still = Finder(places, working).is_here(place)
    kind = "copy" if still else "moved" if was.name == path.name else "renamed"
    return SourceNews(
        kind=kind,  # type: ignore[arg-type]  # one of NewsKind
        source_id=known.source_id,
        name=was.name,
        was=place.path,
    )


def _news_of_url(known: KnownSource, url: str) -> SourceNews | None:
    if known.url is None or known.url == url:
        return None
    name = known.url.rpartition("/")[2]
    gone = "moved" if name == url.rpartition("/")[2] else "renamed"
    return SourceNews(
        kind="copy" if still_lies_at(known.url, known.etag) else gone,  # type: ignore[arg-type]
        source_id=known.source_id,
        name=name,
        was=known.url,
    )


def _is_same(one: Path, other: Path) -> bool:
    """Tell whether two paths mean one file: links, and drives that do not tell A from a."""
    try:
        return one.samefile(other)
    except OSError:
        return False


def _before(
    path: Path,
    sha256: str,
    working: Working,
    places: SourcePlaces,
    origin: RemoteSource | None,
    *,
    by_name: bool,
) -> KnownSource | None:
    """Find the source whose place a file took: it lay there, and its bytes lie nowhere else now."""
    manifests_dir = working.manifests_dir
    if origin is not None:
        paths = (manifests_dir / f"{source_id}.parquet" for source_id in origin.earlier_ids)
        fetched = [source for source in map(read_known, paths) if source is not None]
        return next((source for source in fetched if source.sha256 != sha256), None)
    gone = [place for place in places.at(path) if place.sha256 != sha256]
    candidates = [source for place in gone for source in find_cut(manifests_dir, place.sha256)]
    if candidates:
        finder = Finder(places, working, folders=[path.parent])
        candidates = [c for c in candidates if finder.find_near(c.sha256, c.name) is None]
    if not candidates and by_name:
        candidates = _namesakes(path, sha256, working, places)
    return candidates[-1] if candidates else None


def _namesakes(
    path: Path, sha256: str, working: Working, places: SourcePlaces
) -> list[KnownSource]:
    """Give the only source of a file's name that this machine has not seen, if it is the only."""
    named = [
        source
        for source in find_named(working.manifests_dir, path.name)
        if source.sha256 != sha256 and source.sha256 not in places.by_sha256
    ]
    return named if len(named) == 1 else []
