"""A report counts what is there, chooses the same clips each time, and holds no rows."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from audioset.curation.report.choice import NUM_BEST, NUM_RANDOM, NUM_WORST
from audioset.curation.report.collect import collect_report
from audioset.curation.workspace.clip_audio import WorkingAudio
from audioset.curation.workspace.clip_sets import ClipSet
from audioset.curation.workspace.worst import worst_first
from audioset.records.check_report import CheckLimits
from audioset.records.dataset_report import DatasetReport
from audioset.records.manifest import manifest_schema
from audioset.records.split_report import SplitOptions


def make_batch(numbers: Sequence[int], **values: list[Any]) -> pa.RecordBatch:
    """Make rows of clips `c0`, `c1`, …; columns without values are null."""
    rows: dict[str, list[Any]] = {
        "clip_id": [f"c{n}" for n in numbers],
        "pcm_sha256": [hashlib.sha256(str(n).encode()).hexdigest() for n in numbers],
        "source_name": [f"talk {n % 3}.mp4" for n in numbers],
        "source_id": [f"talk-{n % 3}" for n in numbers],
        "start_seconds": [float(n) for n in numbers],
        "length_seconds": [1.0 + n % 4 for n in numbers],
        "sampling_rate": [8000] * len(numbers),
        **values,
    }
    schema = manifest_schema()
    arrays = [
        pa.array(rows[f.name], f.type) if f.name in rows else pa.nulls(len(numbers), f.type)
        for f in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def report_of(batches: Sequence[pa.RecordBatch], tmp_path: Any) -> DatasetReport:
    def scan(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        return (batch.select(list(columns)) for batch in batches)

    return collect_report(
        ClipSet("scots", scan, WorkingAudio(tmp_path)), split_options=SplitOptions()
    )


def test_every_clip_is_in_one_bar_of_each_histogram_or_has_no_value(tmp_path: Any) -> None:
    snr = [None, float("nan"), -3.2, 0.0, 17.1, 70.0, *np.linspace(1, 60, 14).tolist()]
    report = report_of([make_batch(range(20), snr_db=snr)], tmp_path)
    found = {one.column: one for one in report.histograms}
    assert sorted(found) == ["length_seconds", "snr_db"]
    lengths, noise = found["length_seconds"], found["snr_db"]
    assert (sum(lengths.counts), lengths.num_missing) == (20, 0)
    assert (sum(noise.counts), noise.num_missing) == (18, 2)
    assert (noise.edges[0], noise.edges[-1], noise.unit) == (-5.0, 70.0, "dB")
    expected, _ = np.histogram([v for v in snr if v is not None and v == v], noise.edges)
    assert noise.counts == tuple(expected.tolist())


def test_groups_flags_and_verdicts_add_up_without_the_rejected(tmp_path: Any) -> None:
    batch = make_batch(
        range(6),
        accepted=[True, False, None, None, True, None],
        speaker=["ada", "ada", "ada", None, "eilidh", "eilidh"],
        flags=["odd_length,low_score", "low_score", "", None, "odd_length", None],
        snr_db=[10.0, 0.0, 30.0, None, 5.0, None],
    )
    report = report_of([batch.slice(0, 2), batch.slice(2)], tmp_path)
    assert report.flags == {"odd_length": 2, "low_score": 1}
    assert report.verdicts == {"accepted": 2, "rejected": 1, "unsure": 0, "nobody judged": 3}
    groups = {group.name: group for group in report.speakers}
    assert [group.length_seconds for group in report.speakers] == [4.0, 4.0, 3.0]
    assert (groups["ada"].snr_db, groups["ada"].num_flagged, groups["ada"].num_accepted) == (
        20.0,
        1,
        1,
    )
    assert (groups["eilidh"].snr_db, groups[None].snr_db) == (5.0, None)
    assert sum(group.num_clips for group in report.sources) == 5
    assert "c1" not in {clip.clip_id for clip in report.heard}
    assert report.worst[0].clip_id == "c0"


def test_what_is_measured_speaks_against_a_clip_and_what_is_missing_does_not() -> None:
    limits = CheckLimits()
    batch = make_batch(
        range(7),
        flags=["low_score,odd_take", None, None, None, None, "", None],
        snr_db=[None, limits.low_snr, 45.0, None, None, float("nan"), None],
        clipped_share=[0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0],
        edge_speech=[0.0, 0.0, 0.0, 0.0, limits.cut_edge, 0.0, 0.0],
        text_score=[None, None, None, None, limits.unsure_text, None, None],
        text=["aye", "aye", "aye", "aye", "aye", "aye", "Aye!"],
        hypothesis=["aye", "aye", "aye", "aye", "aye", None, "no"],
    )
    assert worst_first(batch).round(6).tolist() == [2.0, 1.0, 0.0, 2.0, 2.0, 0.0, 1.0]


def test_the_same_clips_are_chosen_whatever_the_order_and_the_batches(tmp_path: Any) -> None:
    def chosen(numbers: Sequence[int], rows_at_once: int) -> list[list[str]]:
        snr = [float(n % 40) for n in numbers]
        table = pa.Table.from_batches([make_batch(numbers, snr_db=snr)])
        report = report_of(table.to_batches(rows_at_once), tmp_path)
        lists = (report.worst, report.best, report.random)
        return [[clip.clip_id for clip in clips] for clips in lists]

    first = chosen(range(200), 200)
    assert first == chosen(range(199, -1, -1), 7)
    assert [len(clips) for clips in first] == [NUM_WORST, NUM_BEST, NUM_RANDOM]
    by_hash = sorted(range(200), key=lambda n: hashlib.sha256(str(n).encode()).hexdigest())
    assert first[2] == [f"c{n}" for n in by_hash[:NUM_RANDOM]]


@pytest.mark.parametrize("num_clips", [0, 1])
def test_next_to_nothing_is_reported_too(num_clips: int, tmp_path: Any) -> None:
    report = report_of([make_batch(range(num_clips))], tmp_path)
    assert (len(report.heard), report.description.num_clips) == (num_clips, num_clips)
    assert report.certificate is None
    assert report.to_json_dict()["description"]["num_clips"] == num_clips


def test_rows_that_passed_are_not_held(tmp_path: Any) -> None:
    rows, held = 5_000, []

    def scan(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        batch = make_batch(range(rows), text=["a text of some length " * 4] * rows)
        for _ in range(60):
            held.append(pa.total_allocated_bytes())
            # A copy of its own, as it comes from a file.
            yield batch.select(list(columns)).take(pa.array(np.arange(rows)))

    collect_report(ClipSet("scots", scan, WorkingAudio(tmp_path)), split_options=SplitOptions())
    one = make_batch(range(rows), text=["a text of some length " * 4] * rows).nbytes
    assert max(held) - held[0] < 20 * one, "of 120 batches that passed"
