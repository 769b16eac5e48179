"""What is shown fits the terminal and holds what a person needs."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioset.cli.screens.clips.describe import make_bar
from audioset.cli.screens.lineage.lineage import show_lineage
from audioset.cli.screens.lineage.log import show_log
from audioset.cli.text import clean, format_size
from audioset.records.identity import VersionRef
from audioset.records.lineage import Lineage, LinkedModel, LinkedRun, LinkedVersion
from audioset.records.pin import Pin
from audioset.tracking.published.mirror import MirrorReport
from audioset.wording import format_hms

DIGEST = "0123456789abcdef" * 4
LINEAGE = Lineage(
    subject="scots@v3",
    versions=(
        LinkedVersion(
            pin=Pin(dataset="scots", version=3, digest=DIGEST, store="store"),
            num_clips=1234, length_seconds=3723.4, run_id="r0",
        ),
        LinkedVersion(pin=Pin(dataset="scots", version=4, digest="f" * 64, store="gone")),
    ),
    runs=(
        LinkedRun(
            run_id="r1", name="brave-whale", experiment="scots-training", status="FINISHED",
            digests=(DIGEST[:32], "9" * 32),
        ),
    ),
    models=(LinkedModel(name="accent", version=2, run_id="r1", aliases=("prod", "best")),),
)  # fmt: skip


def test_lineage_names_versions_runs_models_and_aliases(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_lineage(LINEAGE, graph=None, show_all=False, as_json=False)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["scots@v3", "0123456789ab", "1,234", "1:02:03", "r0"] in lines
    assert ["scots@v4", "ffffffffffff", "not", "logged"] in lines
    assert ["r1", "brave-whale", "scots-training", "FINISHED", "scots@v3,", "999999999999"] in lines
    assert ["accent", "v2", "prod,", "best", "r1"] in lines


def test_lineage_as_json_is_the_record(capsys: pytest.CaptureFixture[str]) -> None:
    show_lineage(LINEAGE, graph=None, show_all=False, as_json=True)
    values = json.loads(capsys.readouterr().out)
    assert values["models"][0]["aliases"] == ["prod", "best"]
    assert [values["versions"][0][key] for key in ("ref", "dataset", "version", "digest")] == [
        "scots@v3",
        "scots",
        3,
        DIGEST,
    ]


def test_what_is_not_linked_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    show_lineage(
        Lineage(subject="x", versions=(), runs=(), models=()),
        graph=None,
        show_all=False,
        as_json=False,
    )
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ["no versions", "no runs", "no models"]


def test_log_tells_each_version(capsys: pytest.CaptureFixture[str]) -> None:
    report = MirrorReport(logged=(VersionRef("scots", 2),), num_known=1, num_models=3)
    show_log(report, as_json=False)
    out, err = capsys.readouterr()
    assert out == "logged scots@v2\n"
    assert err == "1 version logged, 1 known before; 3 model versions linked\n"
    show_log(report, as_json=True)
    assert json.loads(capsys.readouterr().out)["logged"] == ["scots@v2"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00:00"),
        (59.6, "0:01:00"),
        (3599.4, "0:59:59"),
        (3600, "1:00:00"),
        (360000, "100:00:00"),
    ],
)
def test_lengths_are_shown_as_hours_minutes_seconds(seconds: float, text: str) -> None:
    assert format_hms(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (1234567, "1.23 MB"),
        (999_999, "1 MB"),
        (5e12, "5 TB"),
    ],
)
def test_sizes_have_three_digits(size: float, text: str) -> None:
    assert format_size(size) == text


@given(st.text())
def test_cleaned_text_holds_nothing_that_steers_a_terminal(text: str) -> None:
    assert len(clean(text)) == len(text)
    assert all(c.isprintable() or c == "\n" for c in clean(text))


@given(st.floats(0, 1), st.integers(1, 80))
def test_bars_are_as_wide_as_asked_and_a_single_clip_is_seen(share: float, width: int) -> None:
    bar = make_bar(share, width)
    assert len(bar) == width
    assert (bar.strip() != "") == (share > 0)
