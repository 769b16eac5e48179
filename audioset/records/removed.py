"""Removed: what a person took out of a workspace, and no cut brings back unasked."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from audioset.records.overlap import LEAST_SHARED_SECONDS

# A clip that shares so much of its length and of the removed one's with it is the removed one, cut
# a little otherwise.
SAME_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedSource:
    """A source that was removed as a whole.

    Attributes:
        source_id: that it had.
        name: its file name.
        sha256: of its bytes; by these it is known again.
        url, etag: of one that was fetched, so that it need not be fetched to be known.
    """

    source_id: str
    name: str
    sha256: str
    url: str | None = None
    etag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedClip:
    """A clip that was removed by itself.

    Attributes:
        clip_id: that it had.
        source_id, source_name, source_sha256: of the source that it was cut from.
        start_seconds, end_seconds: where it lies in the source.
        track, channel: that it was cut from; `channel` is None where it holds their mix.
    """

    clip_id: str
    source_id: str
    source_name: str
    source_sha256: str
    start_seconds: float
    end_seconds: float
    track: int | None = None
    channel: int | None = None

    def shared_seconds(self, start_seconds: float, end_seconds: float) -> float:
        """Tell how much a span of the source has in common with the clip; 0 when nothing."""
        shared = min(self.end_seconds, end_seconds) - max(self.start_seconds, start_seconds)
        return max(shared, 0.0)

    def is_again(self, start_seconds: float, end_seconds: float) -> bool:
        """Tell whether a clip of this span is the removed one, perhaps with other edges."""
        shared = self.shared_seconds(start_seconds, end_seconds)
        both = max(self.end_seconds, end_seconds) - min(self.start_seconds, start_seconds)
        return shared > SAME_SHARE * both

    def touches(self, start_seconds: float, end_seconds: float) -> bool:
        """Tell whether a clip of this span holds some speech of the removed one."""
        return self.shared_seconds(start_seconds, end_seconds) >= LEAST_SHARED_SECONDS


@dataclass(frozen=True, slots=True)
class Going:
    """A change that is being carried out: it stands here until it is done, however often it takes.

    Attributes:
        undo: whether clips come back.
        clip_ids: by name of the manifest file, those that move.
        whole: names of the manifest files that move as a whole, with all that they say.
    """

    undo: bool
    clip_ids: Mapping[str, tuple[str, ...]]
    whole: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """All that was removed from a workspace.

    Attributes:
        sources: by sha256.
        clips: by clip id.
        going: the change that is being carried out, or was broken off.
    """

    sources: Mapping[str, RemovedSource] = field(default_factory=dict)
    clips: Mapping[str, RemovedClip] = field(default_factory=dict)
    going: Going | None = None

    def clips_of(self, source_sha256: str) -> tuple[RemovedClip, ...]:
        """Give the clips that were removed of a source."""
        return tuple(clip for clip in self.clips.values() if clip.source_sha256 == source_sha256)

    def find_fetched(self, url: str, etag: str | None) -> RemovedSource | None:
        """Find a source on object storage that was removed as a whole, by what is known of it."""
        for source in self.sources.values():
            if source.url == url and source.etag is not None and source.etag == etag:
                return source
        return None

    def to_json(self) -> str:
        """Encode as JSON, for a person to read as well."""
        values = {
            "sources": [asdict(source) for source in self.sources.values()],
            "clips": [asdict(clip) for clip in self.clips.values()],
            "going": None if self.going is None else asdict(self.going),
        }
        return json.dumps(values, indent=1, sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Removed":
        """Decode what `to_json` wrote.

        Raises:
            ValueError, KeyError, TypeError: the text is something else.
        """
        values = json.loads(text)
        going = values["going"]
        return cls(
            sources={each["sha256"]: RemovedSource(**each) for each in values["sources"]},
            clips={each["clip_id"]: RemovedClip(**each) for each in values["clips"]},
            going=going
            and Going(
                undo=going["undo"],
                clip_ids={name: tuple(ids) for name, ids in going["clip_ids"].items()},
                whole=tuple(going["whole"]),
            ),
        )
