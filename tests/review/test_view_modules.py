"""The parts of the views that reckon: rows and lanes of a source, outlines, history in words, keys.

They run in a real browser, without a server, as those of `test_page_modules`.
"""

import json
from typing import Any

import pytest

from tests.review.modules import Run, blank, run

__all__ = ["blank", "run"]  # fixtures


def test_rows_of_a_source_stand_in_the_order_in_which_they_are_said(run: Run) -> None:
    rows = run("""
      const { sourceRows } = await load("source/rows");
      const clip = (id, start, end, line) => (
        { clip_id: id, start_sample: start, end_sample: end, line, take: 1, text: id });
      return sourceRows({
        rate: 100,
        clips: [clip("c", 500, 600, 4), clip("a", 100, 200, 1)],
        gaps: [{ start_sample: 300, end_sample: 400 }],
        missing_lines: [
          { line: 3, text: "three" },
          { line: 2, text: "two", start_sample: 200, end_sample: 300 },
          { line: 4, text: "made by hand meanwhile" },
        ],
      }).map((row) => [row.kind, row.line, row.start_sample]);
    """)
    assert rows == [
        ["clip", 1, 100],
        ["missing", 2, 200],
        ["missing", 3, None],
        ["gap", None, 300],
        ["clip", 4, 500],
    ]


@pytest.mark.parametrize(
    ("clips", "left"),
    [
        ([], [[1000, 2000]]),
        ([[1200, 1500]], [[1000, 1200], [1500, 2000]]),
        ([[900, 1500]], [[1500, 2000]]),
        ([[900, 1995]], []),  # what is left is too short for a word
        ([[1400, 1500], [1100, 1450]], [[1000, 1100], [1500, 2000]]),
    ],
)
def test_a_gap_is_what_no_clip_was_made_of(
    run: Run, clips: list[list[int]], left: list[list[int]]
) -> None:
    found = run(f"""
      const {{ freeOf }} = await load("source/rows");
      const spans = {clips}.map(([start, end]) => ({{ start_sample: start, end_sample: end }}));
      const gaps = [{{ start_sample: 1000, end_sample: 2000 }}];
      return freeOf(gaps, spans, 15).map((gap) => [gap.start_sample, gap.end_sample]);
    """)
    assert found == left


def test_clips_that_overlap_lie_in_lanes_of_their_own(run: Run) -> None:
    lanes = run("""
      const { lanesOf } = await load("source/rows");
      const spans = [[0, 10], [5, 20], [10, 15], [12, 14], [20, 30]];
      return lanesOf(spans.map(([start, end]) => ({ start_sample: start, end_sample: end })));
    """)
    assert lanes == [0, 1, 0, 2, 0]


def test_zooming_keeps_what_is_under_the_pointer(run: Run) -> None:
    inner, outer = run("""
      const { zoomed } = await load("source/rows");
      const inner = zoomed({ start: 100, end: 200 }, 0.5, 125, 3600, 0.2);
      return [inner, zoomed(inner, 1000, 125, 3600, 0.2)];
    """)
    assert inner == {"start": 112.5, "end": 162.5}
    assert outer == {"start": 0, "end": 3600}


@pytest.mark.parametrize("columns", [7, 100, 1200])
def test_no_peak_is_lost_however_far_one_zooms_out(run: Run, columns: int) -> None:
    lowest, highest, silent = run(f"""
      const {{ Peaks }} = await load("picture/peaks");
      const pairs = new Int8Array(2 * 360_000);
      pairs[2 * 123_456] = -90;
      pairs[2 * 123_456 + 1] = 101;
      const shown = new Peaks(pairs, 100).columns(0, 3600, {columns});
      const silent = shown.filter((value) => value !== 0).length - 2;
      return [Math.min(...shown), Math.max(...shown), silent];
    """)
    assert (lowest, highest) == (-90, 101)
    assert silent <= 2  # a column at whose edge it lies may show it too


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"field": "accepted", "value": True}, "accepted"),
        (
            {"field": "accepted", "value": "unsure", "heard_share": 0.4},
            "was unsure after hearing 40 %",
        ),
        ({"field": "accepted", "value": False, "heard_share": 0}, "rejected unheard"),
        ({"field": "accepted", "value": True, "pass": 2}, "accepted (opinion of pass 2)"),
        ({"field": "accepted", "value": None, "retracts": "x"}, "took back the verdict"),
        ({"field": "text", "value": "aye"}, "wrote “aye”"),
        ({"field": "text", "value": None}, "emptied the text"),
        ({"field": "tag:noisy", "value": True}, "tagged it noisy"),
        ({"field": "tag:noisy", "value": None}, "took the tag noisy off"),
        ({"field": "replaced_by", "value": "a b"}, "put 2 clips in its place"),
        ({"field": "recorded_with", "value": "a phone"}, "set recorded with to “a phone”"),
        ({"field": "text", "value": "“aye”, she said"}, "wrote “‘aye’, she said”"),
        ({"field": "edges", "value": "8000 24000"}, "moved the edges to 0.500 s to 1.500 s"),
        ({"field": "made_of", "value": "talk-96a74327"}, "made this clip of the source"),
        (
            {"field": "made_of", "value": "talk-96a74327-000001149-000002216"},
            "split it off a longer clip (1.15 s to 2.22 s)",
        ),
        ({"field": "replaced_by", "value": None, "retracts": "x"}, "brought it back"),
    ],
)
def test_history_is_told_in_words(run: Run, entry: dict[str, Any], words: str) -> None:
    told = run(f"""
      const {{ deed }} = await load("ground/decision_words");
      const entry = JSON.parse({_as_js(entry)});
      return deed({{ by: "mairi", at: "2026-01-01", ...entry }}, 16000);
    """)
    assert told == words


def test_a_key_that_is_taken_is_exchanged_with_its_holder(run: Run) -> None:
    chosen, holder = run("""
      const { Keys } = await load("ground/keys");
      const { exchanged, holderOf } = await load("shell/help");
      const keys = new Keys();
      keys.add({ id: "accept", code: "KeyA", words: "accept", run: () => {} });
      keys.add({ id: "unsure", code: ["KeyS", "KeyD"], words: "unsure", run: () => {} });
      return [exchanged({}, keys, "accept", "KeyS"), holderOf(keys, "accept", "KeyS").id];
    """)
    assert (chosen, holder) == ({"accept": "KeyS", "unsure": "KeyA"}, "unsure")


def _as_js(value: object) -> str:
    return json.dumps(json.dumps(value))


@pytest.mark.parametrize(
    ("numbers", "keys"),
    [
        ([1, 2, 3], [1, 2, 3]),
        ([2, 3], [2, 3]),  # the first was taken out: "take 2" is still picked by 2
        ([2, 2], [1, 2]),
        ([None, 1], [1, 2]),
    ],
)
def test_a_take_is_picked_by_its_own_number(
    run: Run, numbers: list[int | None], keys: list[int]
) -> None:
    found = run(f"""
      const {{ keyOfTake }} = await load("clip/takes");
      const takes = {json.dumps(numbers)}.map((take) => ({{ take }}));
      return takes.map((_, at) => keyOfTake(takes, at));
    """)
    assert found == keys


@pytest.mark.parametrize(
    ("kappa", "clips", "words"),
    [(1, 2, "too few to tell (2 clips of 30)"), (0.9, 30, "0.90, nearly always alike")],
)
def test_kappa_of_few_clips_is_not_told(run: Run, kappa: float, clips: int, words: str) -> None:
    assert run(f'return (await load("others/agreement")).kappaWords({kappa}, {clips});') == words


@pytest.mark.parametrize(
    ("share", "parts"),
    [
        (0.0, ["", "good morning to you"]),
        (0.3, ["good", "morning to you"]),
        (0.7, ["good morning", "to you"]),
        (1.0, ["good morning to you", ""]),
    ],
)
def test_words_of_a_split_clip_part_by_time(run: Run, share: float, parts: list[str]) -> None:
    told = run(
        f'return (await load("source/make_clip")).partedText("good morning to you", {share})'
    )
    assert told == parts
