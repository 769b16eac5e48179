"""Reshaping: what people decided of the edges of clips, and which rows of a manifest came of it.

Decisions stay with the *root* of a clip: the id under which it first came into the workspace. The
row that is there now has another id, since ids hold times.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from audioset.errors import InvalidInputError

# Fields of decisions about a clip that say which clips there are; no manifest has them as facts.
EDGES_FIELD = "edges"  # first sample and the one after the last, in the source, at its own rate
REPLACED_FIELD = "replaced_by"  # ids of the clips that took its place, a space between
MADE_FIELD = "made_of"  # of a clip that a person made: ids of the clips, or of the source, it is of
RESHAPING_FIELDS = (EDGES_FIELD, REPLACED_FIELD, MADE_FIELD)


@dataclass(frozen=True, slots=True, order=True)
class Edges:
    """Where a clip lies in its source, in samples at the source's own rate.

    Attributes:
        start_sample: the first.
        end_sample: the first after the clip.
    """

    start_sample: int
    end_sample: int

    def __str__(self) -> str:
        return f"{self.start_sample} {self.end_sample}"


class SharedSpeech(InvalidInputError):  # noqa: N818  named by what it tells of
    """Edges would take in speech of another clip, so nothing was decided; it can be insisted on.

    Attributes:
        clip_id: the clip of which they would hold most.
        shared_seconds: how much of it.
        num_more: other clips of which they would hold a part, too.
    """

    def __init__(self, text: str, *, clip_id: str, shared_seconds: float, num_more: int) -> None:
        """Take the line for people, and what it tells."""
        super().__init__(text)
        self.clip_id, self.shared_seconds, self.num_more = clip_id, shared_seconds, num_more


def read_edges(text: str) -> Edges:
    """Read what `str` of `Edges` wrote.

    Raises:
        InvalidInputError: the text has another form, or the end is not after the start.
    """
    words = text.split()
    if len(words) == 2 and all(word.isascii() and word.isdigit() for word in words):
        edges = Edges(*map(int, words))
        if edges.start_sample < edges.end_sample:
            return edges
    raise InvalidInputError(
        f"{EDGES_FIELD} are two samples of the source, the first and the one after the last, such "
        f"as '44100 88200'; got {text!r}"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reshaped:
    """Which rows of a manifest are what people made of clips.

    Attributes:
        edges: ids of rows that were cut by edges of people, to these edges as they were decided.
        roots: ids of those rows that have another id than their clip's root, to that root.
        former: ids that moved clips had between, likewise.
        made: roots of clips that people made.
    """

    edges: Mapping[str, str] = field(default_factory=dict)
    roots: Mapping[str, str] = field(default_factory=dict)
    former: Mapping[str, str] = field(default_factory=dict)
    made: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is any such row."""
        return bool(self.edges)

    def root_of(self, clip_id: str) -> str:
        """Give the root of a clip, by the id that its row has, or once had."""
        return self.roots.get(clip_id) or self.former.get(clip_id, clip_id)

    def to_json(self) -> str:
        """Encode as one line of JSON."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Reshaped":
        """Decode what `to_json` wrote.

        Raises:
            ValueError, TypeError: the text is something else.
        """
        values = json.loads(text)
        return cls(**{**values, "made": tuple(values.get("made", ()))})
