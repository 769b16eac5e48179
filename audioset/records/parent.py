"""Parent: the version that a workspace goes on from, as a file of the workspace remembers it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from audioset.records.identity import VersionRef
from audioset.records.strict import build, read_object


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """The version that a workspace was checked out of, or that it published last.

    Attributes:
        dataset: name of the dataset.
        version: number of the version.
        digest: of its rows; another version of that number, in another store, is not meant.
        is_whole: whether the workspace had all of its clips: what it lacks now was taken out here.
        keeps: whether it was said that later versions keep the clips of it that are not here.
        behind: clips that others changed or took out, which it took over, and which are here as
            they were: of each the number of the version whose row the workspace has.
    """

    dataset: str
    version: int
    digest: str
    is_whole: bool
    keeps: bool = False
    behind: Mapping[str, int] = field(default_factory=dict)

    @property
    def ref(self) -> VersionRef:
        """Name of the version, `dataset@v3`."""
        return VersionRef(self.dataset, self.version)

    def to_json(self) -> str:
        """Encode as JSON."""
        return json.dumps(asdict(self), indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Parent":
        """Decode what `to_json` wrote.

        Raises:
            ValueError: the text is something else.
        """
        values = read_object(text)
        return build(cls, values, behind=_read_behind(values.pop("behind", {})))


def _read_behind(values: Any) -> dict[str, int]:
    if not isinstance(values, dict) or not all(type(one) is int for one in values.values()):
        raise ValueError("'behind' does not tell versions of clips")
    return values
