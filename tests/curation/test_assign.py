"""Clips are assigned, listed and withdrawn; describe tells how alike people judge."""

from pathlib import Path

import pytest

from audioset.catalog.decisions import Decision
from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.assignments import ReviewerShare
from audioset.workspace import Workspace
from tests.workspaces import make_workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    """20 clips of two sources, 0.25 s each."""
    return make_workspace(tmp_path / "scots", sources=2)


def by_name(shares: tuple[ReviewerShare, ...]) -> dict[tuple[str, int], int]:
    return {(share.reviewer, share.review_pass): share.num_clips for share in shares}


def judge(ws: Workspace, reviewer: str, *, accepted: bool, review_pass: int = 1) -> None:
    """Let a reviewer give one verdict to all that is assigned."""
    ids = [
        one.clip_id
        for one in ws.working.catalog.assignments()
        if (one.reviewer, one.review_pass) == (reviewer, review_pass)
    ]
    decisions = [Decision("clip", clip_id, "accepted", accepted) for clip_id in ids]
    ws.working.catalog.record(decisions, by=reviewer, review_pass=review_pass)


def test_two_reviewers_and_a_tenth_twice(ws: Workspace) -> None:
    done = ws.assign(to="mairi, ewan", overlap=0.1, by="ada")
    assert (done.num_clips, done.num_new, done.num_kept) == (20, 22, 0)
    assert by_name(done.shares) == {("ewan", 1): 10, ("mairi", 1): 10} | {
        (name, 2): 1 for name in ("ewan", "mairi")
    }
    again = ws.assign(to=["mairi", "ewan"], overlap=0.1)
    assert (again.num_new, again.num_kept) == (0, 20)
    assert ws.assignments() == done.shares


def test_a_dry_run_tells_the_same_and_does_nothing(ws: Workspace) -> None:
    told = ws.assign(to="mairi,ewan", dry_run=True)
    assert ws.assignments() == ()
    assert ws.assign(to="mairi,ewan").shares == told.shares


def test_what_was_judged_is_not_assigned_and_is_told(ws: Workspace) -> None:
    clip_ids = ws.to_pandas()["clip_id"].tolist()
    ws.decide([Decision("clip", clip_id, "accepted", True) for clip_id in clip_ids[:4]], by="rab")
    done = ws.assign(to="mairi")
    assert (done.num_new, done.num_judged) == (16, 4)
    second = ws.assign(to="rab", review_pass=2)
    assert (second.num_new, second.num_without_other) == (16, 4)


def test_how_far_it_is_is_told_in_the_end_of_clips_that_are_there(ws: Workspace) -> None:
    ws.assign(to="mairi,ewan", overlap=0.2)
    judge(ws, "mairi", accepted=True)
    ws.remove("talk 0.mp4", yes=True)
    shares = {(share.reviewer, share.review_pass): share for share in ws.assignments()}
    mine, his = shares["mairi", 1], shares["ewan", 1]
    assert mine.num_judged == mine.num_clips > 0
    assert his.num_judged == 0
    assert mine.num_gone + his.num_gone == 10
    assert mine.length_seconds == mine.judged_seconds == pytest.approx(mine.num_clips / 4)


def test_what_is_withdrawn_can_go_to_somebody_else(ws: Workspace) -> None:
    ws.assign(to="mairi,ewan")
    judge(ws, "mairi", accepted=True)
    assert ws.unassign("mairi,ewan", where="source_name = 'talk 1.mp4'", dry_run=True).num_new == 10
    assert ws.unassign("ewan").num_new == 10
    assert by_name(ws.assignments()) == {("mairi", 1): 10}
    assert by_name(ws.assign(to="rab").shares) == {("mairi", 1): 10, ("rab", 1): 10}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"to": "mairi,,ewan"}, "does not name reviewers"),
        ({"to": ()}, "does not name reviewers"),
        ({"to": "mairi", "overlap": 0.1}, "only mairi is named"),
        ({"to": "mairi,ewan", "overlap": 10}, "a share from 0 to 1; got 10"),
        ({"to": "mairi", "review_pass": 0}, "count from 1"),
        ({"to": "mairi", "where": "loud >"}, "condition 'loud >'"),
    ],
)
def test_what_cannot_be_is_told(ws: Workspace, values: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        ws.assign(**values)  # type: ignore[arg-type]


def test_who_has_nothing_is_told_who_has(ws: Workspace) -> None:
    ws.assign(to="mairi")
    with pytest.raises(NotFoundError, match=r"nothing is assigned to 'ewan'; .* to mairi$"):
        ws.unassign("ewan")


def test_describe_tells_how_alike_people_judge_and_what_waits(ws: Workspace) -> None:
    assert (ws.describe().agreement, ws.describe().num_disagreements) == ((), 0)
    ws.assign(to="mairi,ewan", overlap=1)
    for name in ("mairi", "ewan"):
        judge(ws, name, accepted=True)
        judge(ws, name, accepted=name == "mairi", review_pass=2)
    found = ws.describe()
    (pair,) = found.agreement
    assert (pair.reviewers, pair.blind) == (("ewan", "mairi"), True)
    assert pair.verdicts is not None
    assert (pair.verdicts.num_clips, pair.verdicts.num_agreed) == (20, 10)
    assert found.num_disagreements == 10
    assert found.num_rejected == 0  # what is said blind holds nowhere
    assert found.to_json_dict()["agreement"][0]["verdicts"]["kappa"] == pair.verdicts.kappa
    report = ws.agreement()
    assert (report.pairs, len(report.disagreements)) == (found.agreement, 10)

    clip_id = report.disagreements[0].subject_id
    ws.decide(Decision("clip", clip_id, "accepted", False), by="ada")
    assert len(ws.agreement().disagreements) == 9
    assert ws.agreement().pairs == report.pairs  # what was said before it was settled
    assert ws.describe().num_rejected == 1
