"""Lineage down to the clip: which runs and models consumed a clip, which clips a model consumed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from audioset.records.identity import VersionRef
from audioset.records.in_notebook import html_block, html_table
from audioset.records.lineage import (
    LinkedModel,
    LinkedRun,
    LinkedVersion,
    models_table,
    versions_table,
)
from audioset.wording import format_hms

if TYPE_CHECKING:
    import pyarrow as pa

# How an answer is known: from the receipt of the run, which is exact; from a receipt that says
# "perhaps"; or from the version that the run pinned, when it has no receipt that tells. In the last
# two cases it may have consumed the clip, and a reason is given.
KnownBy = Literal["receipt", "perhaps", "version"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRun:
    """A run that consumed a clip, or may have.

    Attributes:
        run: the run.
        version: through which it consumed the clip.
        contexts: what it pinned the version for, sorted.
        known_by: how this is known.
        why: it is not known better, in words; empty when it is exact.
    """

    run: LinkedRun
    version: VersionRef
    contexts: tuple[str, ...]
    known_by: KnownBy
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipLineage:
    """What a clip went into.

    Attributes:
        clip_id: the clip.
        versions: all that hold it, by dataset and number.
        runs: that consumed it, or may have, oldest first.
        models: registered out of these runs.
        num_without: runs that pinned a version that holds the clip and, by their receipts, did not
            consume it.
        withdrawn_from: versions that held it until it was withdrawn, by dataset and number.
    """

    clip_id: str
    versions: tuple[LinkedVersion, ...]
    runs: tuple[ClipRun, ...]
    models: tuple[LinkedModel, ...]
    num_without: int
    withdrawn_from: tuple[LinkedVersion, ...] = ()

    def _repr_html_(self) -> str:
        """Give what the clip went into as tables, for a notebook."""
        return html_block(
            f"lineage of the clip {self.clip_id}",
            versions_table(self.versions),
            html_table(
                ["run", "version", "pinned for", "known by", "why"],
                self.runs,
                lambda one: (
                    one.run.name,
                    one.version,
                    ", ".join(one.contexts),
                    one.known_by,
                    one.why,
                ),
            ),
            models_table(self.models),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumedVersion:
    """What a model, or a run, consumed of one version.

    Attributes:
        version: its name.
        digest: full sha256 of its rows, hex.
        num_clips: of the version, as it was published.
        num_consumed: clips that were consumed, or perhaps were; all when that is not known.
        consumed_seconds: length of those that were not withdrawn since.
        known_by: how this is known.
        num_withdrawn: how many of `num_consumed` were withdrawn since.
        num_perhaps: how many of `num_consumed` are only perhaps consumed, by the receipt.
        why: it is not known better, in words; empty when it is exact.
        num_test_among: clips of the split `test` that were handed out in one pass with others:
            trained on, or tested on, nobody can tell.
    """

    version: VersionRef
    digest: str
    num_clips: int
    num_consumed: int
    consumed_seconds: float
    known_by: KnownBy
    num_withdrawn: int = 0
    num_perhaps: int = 0
    why: str = ""
    num_test_among: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConsumedClips:
    """The clips that a model, or a run, rests on.

    Attributes:
        subject: the model or run.
        versions: how much of each version, by dataset and number.
        table: `clip_id`, `dataset`, `version`, `known_by`, `speaker`, `split`, `length_seconds`,
            `text`, `line`, `take`, `gender`, `age`, `accent`, `social_class`, `location`,
            `source_name`, `start_seconds` and `end_seconds` of every clip that was not withdrawn,
            in the order of versions and clip ids.
    """

    subject: str
    versions: tuple[ConsumedVersion, ...]
    table: "pa.Table"

    def _repr_html_(self) -> str:
        """Give what of each version was consumed as tables, for a notebook."""
        table = self.table
        return html_block(
            f"clips behind {self.subject}",
            html_table(
                ["version", ">clips consumed", ">of", ">length", "known by"],
                self.versions,
                lambda one: (
                    one.version,
                    f"{one.num_consumed:,}",
                    f"{one.num_clips:,}",
                    format_hms(one.consumed_seconds),
                    one.known_by,
                ),
            ),
            html_table(
                ["clip", "speaker", "split", ">seconds"],
                range(table.num_rows),
                lambda row: (
                    *(table.column(name)[row].as_py() for name in ("clip_id", "speaker", "split")),
                    f"{table.column('length_seconds')[row].as_py():.2f}",
                ),
            ),
        )
