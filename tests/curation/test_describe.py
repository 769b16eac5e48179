"""describe: the numbers of pandas, totals that add up, and nothing held but the lengths."""

import json
import math
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audioset import Decision
from audioset.cli.app import run
from audioset.curation.describe.describe import describe_batches, describe_columns
from audioset.errors import InvalidInputError, StorageError
from audioset.pages.lengths import plot_lengths
from audioset.records.description import Description
from audioset.records.manifest import manifest_schema
from tests.workspaces import make_workspace

LENGTHS = st.lists(
    st.floats(0.001, 600, allow_subnormal=False), max_size=60
)  # of real clips: positive, at most what CutOptions allows


def make_batches(
    lengths: list[float], *, rows_at_once: int = 7, **values: list[Any]
) -> list[pa.RecordBatch]:
    """Make batches with the columns that describe reads; those without values are null."""
    columns = {"length_seconds": lengths, "source_id": ["s"] * len(lengths), **values}
    schema = pa.schema([manifest_schema().field(name) for name in describe_columns()])
    arrays = [
        pa.array(columns[f.name], f.type) if f.name in columns else pa.nulls(len(lengths), f.type)
        for f in schema
    ]
    table = pa.Table.from_arrays(arrays, schema=schema)
    return table.to_batches(max_chunksize=rows_at_once)


def describe(lengths: list[float], **values: list[Any]) -> Description:
    return describe_batches(make_batches(lengths, **values), name="scots")


@settings(max_examples=200)
@given(lengths=LENGTHS)
def test_lengths_are_described_as_pandas_does(lengths: list[float]) -> None:
    expected = pd.Series(lengths, dtype="float64").describe()
    actual = describe(lengths).lengths.rows()
    assert list(actual) == list(expected.index)
    for name, value in expected.items():
        assert actual[str(name)] == pytest.approx(value, rel=1e-9, abs=1e-9, nan_ok=True), name


@pytest.mark.parametrize("piece", [1, 6, 7, 8, 99, 100])
def test_lengths_in_several_pieces_are_all_there(
    monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    lengths = np.random.default_rng(1).uniform(0.3, 30, 100).tolist()
    whole = describe(lengths)
    monkeypatch.setattr("audioset.curation.describe.describe._LENGTHS_IN_PIECE", piece)
    assert describe(lengths) == whole
    assert whole.lengths.q50 == np.quantile(lengths, 0.5)


@settings(max_examples=200)
@given(lengths=LENGTHS)
def test_the_histogram_counts_every_clip_once(lengths: list[float]) -> None:
    histogram = describe(lengths).histogram
    assert sum(histogram.counts) == len(lengths)
    assert len(histogram.edges) == len(histogram.counts) + 1 <= 21
    assert histogram.edges[0] == 0
    assert histogram.edges[-1] >= max(lengths, default=0) * (1 - 1e-9)
    widths = [end - start for start, end in pairwise(histogram.edges)]
    assert widths == pytest.approx([widths[0]] * len(widths), rel=1e-6)
    mantissa = widths[0] / 10 ** math.floor(math.log10(widths[0]) + 1e-6)
    assert min(abs(mantissa - nice) for nice in (1, 2, 5)) < 1e-6


@settings(max_examples=100)
@given(
    clips=st.lists(
        st.tuples(
            st.floats(0.1, 30),
            st.sampled_from(["ada", "rab", None]),
            st.sampled_from([True, False, None]),
        ),
        max_size=40,
    )
)
def test_groups_add_up_and_rejected_clips_count_for_nothing(
    clips: list[tuple[float, str | None, bool | None]],
) -> None:
    lengths, speakers, accepted = ([clip[k] for clip in clips] for k in range(3))
    description = describe(lengths, speaker=speakers, accepted=accepted)
    kept = [clip for clip in clips if clip[2] is not False]
    assert description.num_clips == len(kept)
    assert description.num_accepted == sum(clip[2] is True for clip in clips)
    assert description.num_rejected == len(clips) - len(kept)
    assert description.total_seconds == pytest.approx(sum(clip[0] for clip in kept))
    assert description.rejected_seconds == pytest.approx(
        sum(clip[0] for clip in clips if clip[2] is False)
    )
    for total in description.speakers:
        own = [clip[0] for clip in kept if clip[1] == total.name]
        assert (total.num_clips, total.length_seconds) == (len(own), pytest.approx(sum(own)))
    assert sum(total.num_clips for total in description.speakers) == len(kept)
    ranked = [total.length_seconds for total in description.speakers]
    assert ranked == sorted(ranked, reverse=True)


def test_text_and_quality_are_summed_up() -> None:
    description = describe(
        [1.0, 2.0, 3.0, 4.0],
        text=["a", None, "b", ""],
        text_source=["human", None, "subtitles", "human"],
        snr_db=[10.0, None, 30.0, math.nan],
        split=["train", "train", "test", None],
    )
    assert description.num_with_text == 3
    assert description.text_sources == {"human": 2, "subtitles": 1}
    snr = next(quality for quality in description.quality if quality.column == "snr_db")
    assert (snr.count, snr.min, snr.mean, snr.max) == (2, 10.0, 20.0, 30.0)
    loudness = next(q for q in description.quality if q.column == "loudness_lufs")
    assert loudness.count == 0
    assert math.isnan(loudness.mean)
    assert {total.name: total.num_clips for total in description.splits} == {
        "train": 2,
        "test": 1,
        None: 1,
    }


def test_json_holds_every_group_and_no_nan() -> None:
    speakers = [f"speaker{n}" for n in range(100)]
    values = describe([1.0] * 100, speaker=speakers).to_json_dict()
    assert len(values["speakers"]) == 100
    read_back = json.loads(json.dumps(values, allow_nan=False))
    assert read_back["lengths"]["std"] == 0
    assert read_back["goal_share"] is None
    empty = json.loads(json.dumps(describe([]).to_json_dict(), allow_nan=False))
    assert empty["lengths"]["mean"] is None


def test_a_goal_has_a_share() -> None:
    batches = make_batches([30.0, 60.0])
    description = describe_batches(batches, name="scots", goal_seconds=3600)
    assert description.goal_share == pytest.approx(0.025)
    assert description.to_json_dict()["goal_share"] == pytest.approx(0.025)


@pytest.mark.parametrize("rows_at_once", [1, 64, 499])
def test_the_size_of_batches_and_further_columns_change_nothing(rows_at_once: int) -> None:
    lengths = np.random.default_rng(1).uniform(0.2, 9, 500).tolist()
    speakers = [f"speaker{n % 3}" for n in range(500)]
    whole = describe_batches(
        make_batches(lengths, speaker=speakers, rows_at_once=500), name="scots"
    )
    table = pa.Table.from_batches(make_batches(lengths, speaker=speakers))
    wider = table.append_column("text_score", pa.nulls(500)).to_batches(max_chunksize=rows_at_once)
    parts = describe_batches(wider, name="scots")
    assert (parts.lengths, parts.histogram) == (whole.lengths, whole.histogram)
    assert parts.total_seconds == pytest.approx(whole.total_seconds)
    assert [t.num_clips for t in parts.speakers] == [t.num_clips for t in whole.speakers]


@pytest.mark.parametrize("num_speakers", [0, 1, 3, 40])
def test_the_plot_is_a_png_without_any_warning(tmp_path: Path, num_speakers: int) -> None:
    count = max(num_speakers, 1) * 3
    names = [
        f"a $peaker_{{{n % num_speakers}}} 小明" if num_speakers else None for n in range(count)
    ]
    description = describe([0.5 + n % 4 for n in range(count)], speaker=names)
    path = plot_lengths(description, tmp_path / "p.png")
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG")
    assert len(data) > 10_000


def test_the_plot_of_nothing_is_drawn_too(tmp_path: Path) -> None:
    assert plot_lengths(describe([]), tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")


def test_a_plot_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"none/p\.png: No such file"):
        plot_lengths(describe([1.0]), tmp_path / "none" / "p.png")


def test_a_million_clips_need_little_memory(tmp_path: Path) -> None:
    """In a process of its own: 8 bytes per clip and one batch, whatever the number of clips."""
    script = tmp_path / "many.py"
    script.write_text(
        """
import resource, sys
from tests.curation.test_describe import make_batches
from audioset import Decision
from audioset.cli.app import run
from audioset.curation.describe.describe import describe_batches

few = make_batches([1.0, 2.0] * 25_000, rows_at_once=50_000)
describe_batches(few * 2, name="warm")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
description = describe_batches((batch for _ in range(20) for batch in few), name="many")
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert description.num_clips == 1_000_000, description.num_clips
print((after - before) // 1024)
""",
        encoding="utf-8",
    )
    project = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=project,
        env={"PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 80  # MB; the lengths alone are 8, quantiles copy them


def test_a_condition_chooses_clips_of_the_workspace_of_a_version_and_of_a_manifest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ws = make_workspace(tmp_path / "scots", sources=2, clips_per_source=3)
    ws.publish(track=False)
    where = "speaker = 'speaker1'"
    (manifest, _) = sorted(ws.manifests_dir.glob("*.parquet"))
    counted = {what: ws.describe(what, where=where).num_clips for what in (None, "scots@v1")}
    assert counted == {None: 3, "scots@v1": 3}
    assert ws.describe(manifest, where="speaker is null").num_clips == 0
    ws.decide(Decision("clip", ws.to_pandas()["clip_id"][0], "note", "a dog barks"))
    assert ws.describe(where="note like '%dog%'").num_clips == 1
    at = ["--workspace", str(ws.folder)]
    assert run(["describe", "--where", where, *at]) == 0
    assert "scots where speaker = 'speaker1': 3 clips" in capsys.readouterr().out
    assert run(["describe", "--where", "speeker = 'x'", *at]) == 1
    assert "speaker" in capsys.readouterr().err  # the columns that there are
    with pytest.raises(InvalidInputError, match="note"):
        ws.describe("scots@v1", where="note is null")  # nobody publishes notes
