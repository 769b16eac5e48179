"""How alike reviewers judge: by known values, by other implementations, and by what was said."""

import itertools
import math
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from sklearn.metrics import cohen_kappa_score

from audioset.catalog.decisions import Decision, DecisionValue, RecordedDecision
from audioset.curation.reviewers.agreement import compare
from audioset.curation.reviewers.edges import EdgeRuler
from audioset.curation.reviewers.measures import measure_edges, measure_texts, measure_verdicts
from audioset.records.agreement import AgreementReport, PairAgreement

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
CLIP = "talk-1a2b3c4d-000001000-000002000"


def verdicts(both_yes: int, yes_no: int, no_yes: int, both_no: int) -> list[tuple[bool, bool]]:
    cells = {(True, True): both_yes, (True, False): yes_no, (False, True): no_yes}
    cells[False, False] = both_no
    return [pair for pair, number in cells.items() for _ in range(number)]


@pytest.mark.parametrize(
    ("table", "kappa"),
    [
        ((20, 5, 10, 15), 0.4),  # 50 grants: 0.7 agreed, 0.5 by chance
        ((45, 15, 25, 15), 0.06 / 0.46),  # 0.6 agreed, 0.54 by chance
        ((25, 35, 5, 35), 0.14 / 0.54),  # 0.6 agreed, 0.46 by chance
        ((0, 10, 10, 0), -1.0),
        ((7, 0, 0, 5), 1.0),
        ((25, 25, 25, 25), 0.0),
    ],
)
def test_kappa_is_that_of_the_textbook(table: tuple[int, ...], kappa: float) -> None:
    found = measure_verdicts(verdicts(*table))
    assert found is not None
    assert found.kappa == pytest.approx(kappa, abs=1e-12)
    assert (found.num_clips, found.num_agreed) == (sum(table), table[0] + table[3])
    assert found.counts["accept"] == {"accept": table[0], "reject": table[1]}


def test_kappa_of_three_verdicts_is_that_of_another_implementation() -> None:
    draw = random.Random(3)
    for _ in range(20):
        pairs = [(draw.choice([True, False, "unsure"]), draw.choice([True, False, "unsure"]))]
        pairs += [
            (one, one if draw.random() < 0.6 else draw.choice([True, False, "unsure"]))
            for one in draw.choices([True, False, "unsure"], [6, 3, 1], k=draw.randint(5, 80))
        ]
        found = measure_verdicts(pairs)
        assert found is not None
        expected = cohen_kappa_score([str(a) for a, _ in pairs], [str(b) for _, b in pairs])
        assert found.kappa == pytest.approx(expected, abs=1e-12)


def test_kappa_is_not_defined_where_both_always_say_the_same() -> None:
    found = measure_verdicts([(True, True)] * 12)
    assert found is not None
    assert (found.kappa, found.num_agreed, found.num_clips) == (None, 12, 12)
    assert measure_verdicts([]) is None
    assert measure_verdicts([(True, None)]) is None  # an emptied verdict is none


def edits(one: Iterable[str], other: Iterable[str]) -> int:
    """Count edits by the table of Wagner and Fischer."""
    row = list(range(len(list(other := list(other))) + 1))
    for number, a in enumerate(one, 1):
        left, row[0] = row[0], number
        for place, b in enumerate(other, 1):
            left, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, left + (a != b))
    return row[-1]


def test_texts_differ_by_edits_per_word_of_both() -> None:
    pairs = [
        ("The kettle is on.", "the kettle's on"),
        ("Aye.", "aye"),
        ("it is half past", "it's half past two"),
        (None, "och well"),
        ("", None),
    ]
    plain = [
        ("the kettle is on", "the kettles on"),
        ("aye", "aye"),
        ("it is half past", "its half past two"),
        ("", "och well"),
        ("", ""),
    ]
    found = measure_texts(pairs)
    assert found is not None
    assert (found.num_clips, found.num_agreed) == (5, 2)
    for rate, parts in (
        (found.word_error_rate, [(a.split(), b.split()) for a, b in plain]),
        (found.character_error_rate, [(list(a), list(b)) for a, b in plain]),
    ):
        total = sum(len(a) + len(b) for a, b in parts)
        assert rate == pytest.approx(2 * sum(itertools.starmap(edits, parts)) / total)
    swapped = measure_texts([(b, a) for a, b in pairs])
    assert swapped == found
    assert measure_texts([("", None)]).word_error_rate is None  # type: ignore[union-attr]


def test_edges_lie_half_and_nearly_all_within_so_many_milliseconds() -> None:
    differences = [float(n) for n in range(1, 21)]
    found = measure_edges(differences)
    assert found is not None
    assert found.num_clips == 10
    assert found.median_milliseconds == 10.5
    # The 95th of 100 lies at 0.95 * 19 = 18.05 steps from the first.
    assert math.isclose(found.p95_milliseconds, 19.05)
    assert measure_edges([]) is None


class Said:
    """What people said, one after the other."""

    def __init__(self) -> None:
        self.rows: list[RecordedDecision] = []

    def __call__(
        self,
        by: str,
        value: DecisionValue,
        review_pass: int | None = None,
        *,
        field: str = "accepted",
        clip_id: str = CLIP,
        retracts: str | None = None,
    ) -> str:
        number = len(self.rows)
        self.rows.append(
            RecordedDecision(
                Decision("clip", clip_id, field, value),
                by,
                NOON + timedelta(minutes=number),
                row_id=number + 1,
                op_id=f"op {number}",
                retracts=retracts,
                review_pass=review_pass,
            )
        )
        return f"op {number}"

    def compare(self) -> AgreementReport:
        return compare(self.rows, EdgeRuler({("1a2b3c4d", 1): 44100.0}))


@pytest.fixture
def said() -> Said:
    return Said()


def only_pair(report: AgreementReport) -> PairAgreement:
    (pair,) = report.pairs
    return pair


def counts(pair: PairAgreement) -> dict[tuple[str, str], int]:
    assert pair.verdicts is not None
    rows = pair.verdicts.counts.items()
    return {(a, b): n for a, row in rows for b, n in row.items() if n}


def test_a_blind_opinion_that_differs_waits_until_somebody_decides(said: Said) -> None:
    said("mairi", True)
    said("ewan", False, 2)
    report = said.compare()
    (found,) = report.disagreements
    assert (found.subject_id, found.field) == (CLIP, "accepted")
    assert [(one.by, one.value, one.review_pass) for one in found.opinions] == [
        ("mairi", True, 1),
        ("ewan", False, 2),
    ]
    assert only_pair(report).blind

    said("rab", False)  # settles it, and is no opinion
    report = said.compare()
    assert report.disagreements == ()
    assert only_pair(report).reviewers == ("ewan", "mairi")
    assert counts(only_pair(report)) == {("reject", "accept"): 1}


def test_who_settles_against_the_own_word_has_said_what_was_said_before(said: Said) -> None:
    said("mairi", True)
    said("ewan", False, 2)
    said("mairi", False)
    report = said.compare()
    assert report.disagreements == ()
    assert counts(only_pair(report)) == {("reject", "accept"): 1}


def test_the_order_of_the_passes_does_not_matter(said: Said) -> None:
    said("ewan", False, 2)
    said("mairi", True)  # the first shared word: an opinion, and no settling
    report = said.compare()
    assert len(report.disagreements) == 1
    assert counts(only_pair(report)) == {("reject", "accept"): 1}


def test_a_later_blind_opinion_asks_again(said: Said) -> None:
    said("mairi", True)
    said("ewan", False, 2)
    said("mairi", True)
    said("rab", False, 3)
    (found,) = said.compare().disagreements
    assert [(one.by, one.value) for one in found.opinions] == [("mairi", True), ("rab", False)]
    assert {pair.reviewers for pair in said.compare().pairs} == {
        ("ewan", "mairi"),
        ("ewan", "rab"),
        ("mairi", "rab"),
    }


def test_what_one_corrects_oneself_counts_and_what_is_taken_back_does_not(said: Said) -> None:
    said("mairi", False)
    said("mairi", True)
    slip = said("ewan", False, 2)
    said("ewan", None, 2, retracts=slip)
    assert said.compare().pairs == ()
    said("ewan", True, 2)
    report = said.compare()
    assert report.disagreements == ()
    assert counts(only_pair(report)) == {("accept", "accept"): 1}


def test_a_settling_that_is_taken_back_settles_nothing(said: Said) -> None:
    said("mairi", True)
    said("ewan", False, 2)
    settled = said("rab", False)
    said("rab", None, retracts=settled)
    assert len(said.compare().disagreements) == 1


def test_who_has_seen_the_others_word_is_told_apart_from_who_was_blind(said: Said) -> None:
    said("mairi", True)
    said("ewan", False)
    said("mairi", False)  # knows of ewan's
    said("mairi", True, clip_id="other")
    said("ewan", True, 2, clip_id="other")
    report = said.compare()
    assert [(pair.blind, counts(pair)) for pair in report.pairs] == [
        (False, {("reject", "accept"): 1}),
        (True, {("accept", "accept"): 1}),
    ]
    assert report.disagreements == ()  # the later knew, and said so


def test_blind_opinions_alone_hold_nowhere_and_are_counted(said: Said) -> None:
    said("ewan", True, 2)
    assert said.compare().num_blind_only == 1
    said("rab", False, 3)
    report = said.compare()
    assert (report.num_blind_only, len(report.disagreements)) == (0, 1)
    said("mairi", True)
    assert said.compare().disagreements == ()


def test_edges_within_a_few_milliseconds_are_the_same_and_are_measured(said: Said) -> None:
    said("mairi", "44100 88200", field="edges")
    said("ewan", "44541 88200", 2, field="edges")  # 441 samples are 10 ms
    report = said.compare()
    assert report.disagreements == ()
    edges = only_pair(report).edges
    assert edges is not None
    assert (edges.num_clips, edges.median_milliseconds) == (1, 5.0)
    said("rab", "44100 92610", 3, field="edges")  # 100 ms
    assert len(said.compare().disagreements) == 1


def test_the_answer_is_the_same_in_whatever_order_the_rows_come(said: Said) -> None:
    draw = random.Random(5)
    for _ in range(60):
        said(
            draw.choice(["mairi", "ewan", "rab"]),
            draw.choice([True, False, "unsure", None]),
            draw.choice([None, 1, 2, 3]),
            clip_id=draw.choice(["a", "b", "c"]),
        )
    expected = said.compare()
    said.rows = draw.sample(said.rows, len(said.rows))
    assert said.compare() == expected
