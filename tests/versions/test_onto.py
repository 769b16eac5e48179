"""What is meant where a workspace lacks clips of its parent, or others published meanwhile."""

from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

from audioset.errors import ConflictError
from audioset.records.held_here import HeldHere
from audioset.records.identity import VersionRef
from audioset.records.manifest import Clip, table_from_clips
from audioset.records.removed import Removed, RemovedClip, RemovedSource
from audioset.versions.onto import OntoBase, OntoVersion, plan_onto
from tests.versions.publishing import with_value
from tests.workspaces import make_clip

REF = VersionRef("scots", 4)
A, B, C, D = (make_clip(f"talk {name}.mp4", 0, text="as it was")[0] for name in "abcd")


def rows(*clips: Clip, **texts: str) -> pa.Table:
    """Rows of clips; a text is given by the letter of the clip's source."""
    table = table_from_clips(sorted(clips, key=lambda clip: clip.clip_id))
    for at, name in enumerate(table["source_name"].to_pylist()):
        if name[5] in texts:
            table = with_value(table, at, "text", texts[name[5]])
    return table


def held(*clips: Clip, removed: Removed | None = None) -> HeldHere:
    ids = pa.array(sorted(clip.clip_id for clip in clips), pa.string())
    sources = {clip.source_id for clip in clips}
    return HeldHere(clip_ids=ids, source_ids=sources, removed=removed or Removed())


def no_folder() -> Path:
    raise AssertionError


def plan_of(
    ours: pa.Table, theirs: pa.Table, base: pa.Table | None, here: HeldHere, **words: bool
) -> OntoVersion:
    before = None if base is None else OntoBase(told=base.to_batches())
    return plan_onto(
        ours,
        theirs.to_batches(),
        before,
        here,
        REF,
        folder=no_folder,
        **{"is_whole": False, **words},
    )


def texts(plan: OntoVersion) -> dict[str, str]:
    """What the next version would hold: text by the letter of the source."""
    names = [name[5] for name in plan.rows["source_name"].to_pylist()]
    return dict(zip(names, plan.rows["text"].to_pylist(), strict=True))


def test_clips_that_the_workspace_never_had_are_kept_and_asked_about() -> None:
    ours = rows(A, D)
    plan = plan_of(ours, rows(A, B, C), rows(A, B, C), held(A, D), is_whole=False)
    assert (plan.num_lacking, plan.num_newer, plan.num_gone, plan.is_plain) == (2, 0, 0, False)
    assert set(texts(plan)) == {"a", "b", "c", "d"}
    assert str(plan.ask()) == (
        "scots@v4 has 2 clips that this workspace lacks; --add (add=True in Python) keeps it so "
        "and adds what was changed here, --replace (replace=True in Python) publishes the clips of "
        "this workspace alone"
    )


def test_what_was_kept_once_is_kept_without_a_question() -> None:
    plan = plan_of(rows(A, D), rows(A, B), rows(A, B), held(A, D), is_whole=False, keeps=True)
    assert (plan.num_lacking, plan.num_kept, plan.is_plain) == (0, 1, True)
    assert set(texts(plan)) == {"a", "b", "d"}
    theirs = rows(A, B, C)
    newly = plan_of(rows(A), theirs, rows(A, B), held(A), is_whole=False, keeps=True)
    assert (newly.num_lacking, newly.num_kept, newly.is_plain) == (1, 1, False)
    assert "has 1 clip that this workspace lacks" in str(newly.ask())


def test_what_was_taken_out_here_is_not_asked_about() -> None:
    theirs = rows(A, B, C)
    whole = plan_of(rows(A), theirs, theirs, held(A), is_whole=True)
    assert whole.is_plain, "the workspace had all of it"
    marks = Removed(
        sources={B.source_sha256: RemovedSource(source_id=B.source_id, name="b", sha256="")},
        clips={
            C.clip_id: RemovedClip(
                clip_id=C.clip_id,
                source_id=C.source_id,
                source_name="c",
                source_sha256=C.source_sha256,
                start_seconds=0.0,
                end_seconds=1.0,
            )
        },
    )
    plan = plan_of(rows(A), theirs, theirs, held(A, removed=marks), is_whole=False)
    assert plan.is_plain
    rejected = plan_of(rows(A), theirs, theirs, held(A, B, C), is_whole=False)
    assert rejected.is_plain
    cut_anew = plan_of(rows(A), rows(A), None, held(A), is_whole=False)
    assert cut_anew.is_plain


def test_what_others_did_meanwhile_is_kept_beside_the_change_of_this_workspace() -> None:
    base = rows(A, B, C)
    theirs = rows(A, C, D, c="theirs")  # B is out, D new, C has another text
    ours = rows(A, B, C, a="ours")
    plan = plan_of(ours, theirs, base, held(A, B, C), is_whole=True)
    assert (plan.num_lacking, plan.num_newer, plan.num_gone) == (1, 1, 1)
    assert texts(plan) == {"a": "ours", "c": "theirs", "d": "as it was"}
    assert "1 clip that this workspace lacks, and 1 clip that others changed" in str(plan.ask())


def test_one_clip_changed_by_two_is_a_conflict_unless_both_said_the_same() -> None:
    base = rows(A, B)

    def plan(ours: pa.Table, theirs: pa.Table) -> OntoVersion:
        return plan_of(ours, theirs, base, held(A, B), is_whole=True)

    with pytest.raises(ConflictError, match=rf"1 clip of .* and of scots@v4 .* is {A.clip_id}"):
        plan(rows(A, B, a="ours"), rows(A, B, a="theirs"))
    with pytest.raises(ConflictError, match="1 clip "):
        plan(rows(A, B, a="ours"), rows(B))  # they took it out
    with pytest.raises(ConflictError, match="1 clip "):
        plan(rows(A, B, C, c="ours"), rows(A, B, C, c="theirs"))  # both are new
    same = plan(rows(A, B, a="both"), rows(A, B, a="both"))
    assert same.is_plain
    assert texts(same) == {"a": "both", "b": "as it was"}


def test_without_a_base_the_rows_of_the_workspace_hold() -> None:
    plan = plan_of(rows(A, a="ours"), rows(A, B), None, held(A), is_whole=False)
    assert plan.num_lacking == 1
    assert texts(plan) == {"a": "ours", "b": "as it was"}


def divided_plan(sides: list[pa.Table], here: HeldHere, size: int | None, **words: bool) -> object:
    """A plan of sides that come in batches of a size: what it is, or why there is none."""
    ours, theirs, told, earlier = ([*side.to_batches(size)] for side in sides)
    base = OntoBase(
        told=None if words.pop("is_same") else told,
        behind=sides[3]["clip_id"].combine_chunks(),
        earlier=earlier,
    )
    rows_here = pa.Table.from_batches(ours, sides[0].schema)
    try:
        return plan_onto(rows_here, theirs, base, here, REF, folder=no_folder, **words)
    except ConflictError as error:
        return str(error)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_however_the_sides_are_divided_the_plan_is_the_same(size: int) -> None:
    """Random changes here and there, some of clips that are as they were before."""
    draw = Random(size)
    clips = {letter: make_clip(f"talk {letter}.mp4", 0)[0] for letter in "abcdefghij"}
    refused = 0
    for _ in range(20):
        letters = [[x for x in clips if draw.random() < share] for share in (0.7, 0.7, 0.8, 0.1)]
        sides = [
            rows(*(clips[x] for x in some), **{x: draw.choice("0001") for x in some})
            for some in letters
        ]
        here = held(*(clips[x] for x in {*letters[0], *draw.sample(sorted(clips), 3)}))
        words = {name: draw.random() < 0.5 for name in ("is_same", "is_whole", "keeps")}
        whole = divided_plan(sides, here, None, **words)
        assert divided_plan(sides, here, size, **words) == whole
        refused += isinstance(whole, str)
        if isinstance(whole, OntoVersion):
            ids = whole.rows["clip_id"].to_pylist()
            assert ids == sorted(set(ids))
    assert 0 < refused < 20
