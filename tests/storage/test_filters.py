"""Conditions in SQL over the rows of a manifest: they see the rows and nothing else."""

from pathlib import Path

import pyarrow as pa
import pytest

from audioset.errors import InvalidInputError
from audioset.records.manifest import table_from_clips
from audioset.storage.filters import filter_rows
from tests.workspaces import make_clip


@pytest.fixture(scope="module")
def rows() -> pa.Table:
    facts = [("ada", 10.0, {"room": "hall"}), ("ben", 25.0, {}), ("ada", None, {"room": "lab"})]
    return table_from_clips(
        make_clip("talk.mp4", number, speaker=speaker, snr_db=snr_db, extra=extra)[0]
        for number, (speaker, snr_db, extra) in enumerate(facts)
    )


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("speaker = 'ada'", [0, 2]),
        ("snr_db > 5 and speaker = 'ada'", [0]),
        ("snr_db > 5", [0, 1]),  # null is not true
        ("snr_db is null -- the quiet ones", [2]),
        ("extra['room'] = 'hall'", [0]),
        ("clip_id in ('no', 'such')", []),
        ("true", [0, 1, 2]),
    ],
)
def test_rows_for_which_it_holds_stay_in_their_order(
    rows: pa.Table, condition: str, kept: list[int]
) -> None:
    assert filter_rows(rows, condition).to_pylist() == [
        rows.to_pylist()[position] for position in kept
    ]


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("snr > 20", "unknown column 'snr'; did you mean snr_db?"),
        ("speaker = 'ada' and SNR_bd > 20", "unknown column 'SNR_bd'; did you mean snr_db?"),
        ("clips.speeker = 'ada'", "unknown column 'speeker'; did you mean speaker?"),
        ("start > 3", "unknown column 'start'; did you mean start_sample or start_seconds?"),
        (
            'speaker = "ada"',
            "unknown column 'ada'; docs/format.md lists the columns, and a text stands in single "
            "quotes: 'ada'",
        ),
    ],
)
def test_an_unknown_column_is_told_with_those_that_may_be_meant(
    rows: pa.Table, condition: str, reason: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        filter_rows(rows, condition)
    assert str(caught.value) == f"the condition {condition!r} cannot be used: {reason}"


@pytest.mark.parametrize(
    "condition",
    [
        "speeker = 'ada'",
        "speaker = ",
        "true); drop table clips; select (true",
        "true) or (select count(*) from read_csv('/etc/passwd')) > (0",
        "clip_id in (select content from read_text('/etc/passwd'))",
        "speaker = 'ada' union select 1",
    ],
)
def test_what_is_no_condition_on_the_rows_is_refused(rows: pa.Table, condition: str) -> None:
    with pytest.raises(InvalidInputError, match=r"condition") as caught:
        filter_rows(rows, condition)
    assert "\n" not in str(caught.value)
    assert Path("/etc/passwd").read_text()[:20] not in str(caught.value)
