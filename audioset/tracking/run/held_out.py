"""What a run is tested on: the identity of its test set, written as tags and read back.

Two scores can be compared when they are of the same clips with the same texts and labels. So the
identity of a test set is the digest of its rows, as a view of split `test` has it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audioset.records.overlap import Overlap
from audioset.records.version import VersionRecord
from audioset.records.view import View, both_conditions, view_name
from audioset.storage.store import Store
from audioset.versions.read.views import digest_of_rows, read_rows

TEST_CONTEXT = "test"
TEST_CONDITION = "split = 'test'"
FROZEN_TAG = "audioset.frozen_test"  # of `frozen_test=`: the version; with suffixes the rest
LEAK_TAG = "audioset.frozen_test.leak"  # how many training clips are in it: `none`, or more
KINDS_TAG = "audioset.frozen_test.by"  # what training and test clips must not have in common
_FROZEN = (FROZEN_TAG, "audioset.frozen_test.digest", "audioset.frozen_test.clips")
_PINNED = ("audioset.test", "audioset.test_digest", "audioset.test_clips")  # of `context="test"`


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """A test set.

    Attributes:
        name: of the version, or the view, whose test clips it is; several are joined by a comma;
            empty when nothing is known.
        digest: of its rows, hex; empty when it is not known.
        num_clips: clips in it; None when it is not known.
    """

    name: str = ""
    digest: str = ""
    num_clips: int | None = None


def describe_test_split(
    store: Store, record: VersionRecord, condition: str | None = None
) -> HeldOut:
    """Describe the clips of split `test` of a version, or of a view of it.

    Returns:
        Its digest is empty when there is no such clip.

    Raises:
        IntegrityError: the manifest is missing or damaged.
        StorageError: the store did not answer.
    """
    rows = read_rows(store, record, both_conditions(condition, TEST_CONDITION))
    name = view_name(record, condition)
    if not rows.num_rows:
        return HeldOut(name=name, num_clips=0)
    return HeldOut(name=name, digest=digest_of_rows(record, rows), num_clips=rows.num_rows)


def held_out_tags(held_out: HeldOut, overlap: Overlap) -> dict[str, str]:
    """Give the tags of a run that is to be tested on a frozen test split.

    Args:
        overlap: of the training clips with it.
    """
    tags = dict(zip(_FROZEN, _texts(held_out), strict=True))
    return {**tags, LEAK_TAG: overlap.verdict, KINDS_TAG: ", ".join(overlap.kinds)}


def pinned_test_tags(store: Store, view: View, logged: Mapping[str, str]) -> dict[str, str]:
    """Give the tags of a run that pins a test set, beside those that it pinned before.

    Of a whole version it is the test split; of a view, or of a version without that split, all of
    its clips.

    Args:
        logged: tags that the run has.

    Raises:
        IntegrityError, StorageError: as for `describe_test_split`.
    """
    whole = HeldOut(name=view.name, digest=view.digest, num_clips=view.num_clips)
    split = describe_test_split(store, view.record) if view.filter is None else whole
    held_out = split if split.digest else whole
    before = [logged[key] for key in _PINNED if logged.get(key)]
    if len(before) < len(_PINNED):
        return dict(zip(_PINNED, _texts(held_out), strict=True))
    if held_out.digest in before[1].split(", "):
        return {}
    joined = (f"{known}, {text}" for known, text in zip(before, _texts(held_out), strict=True))
    return dict(zip(_PINNED, joined, strict=True))


def logged_test_set(run: Any) -> HeldOut:
    """Read from its tags what an MLflow run was tested on."""
    tags: Mapping[str, str] = run.data.tags
    for name, digest, clips in (_FROZEN, _PINNED):
        if tags.get(digest):
            numbers = [int(part) for part in tags.get(clips, "").split(", ") if part.isdecimal()]
            return HeldOut(
                name=tags.get(name, ""), digest=tags[digest], num_clips=sum(numbers) or None
            )
    return HeldOut(name=tags.get(FROZEN_TAG, ""))


def _texts(held_out: HeldOut) -> tuple[str, str, str]:
    return held_out.name, held_out.digest, str(held_out.num_clips)
