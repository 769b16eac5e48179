"""GuardReport: whether a test split holds texts of the model that is to be tested on it."""

from collections.abc import Mapping
from dataclasses import dataclass

from audioset.records.identity import VersionRef


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardReport:
    """Test clips whose text a model of the same line wrote and nobody has confirmed.

    Attributes:
        version: whose test split it is.
        model: that is to be tested.
        line: names under which the model and its kin are registered, sorted.
        num_test: clips of the test split.
        clip_ids: the flagged clips, in order.
        writers: flagged clips by who wrote their text, `name@version`, most first.
    """

    version: VersionRef
    model: str
    line: tuple[str, ...]
    num_test: int
    clip_ids: tuple[str, ...]
    writers: Mapping[str, int]

    @property
    def is_clean(self) -> bool:
        """No test clip is flagged."""
        return not self.clip_ids
