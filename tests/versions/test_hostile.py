"""Hostile records and manifests: one line each, and sizes believed as far as objects reach."""

import json
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from audioset.errors import InvalidInputError
from audioset.records.pin import Pin
from audioset.records.receipt import decode_receipts
from tests.versions.damage import make_published
from tests.versions.hostile import CASES

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """How each read of each forged object ended, by a process with a GB more than it needs."""
    folder = tmp_path_factory.mktemp("hostile") / "scots"
    make_published(folder)
    command = [sys.executable, "-m", "tests.versions.hostile", str(folder)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr  # no crash, no recursion without end
    return dict(json.loads(line) for line in done.stdout.splitlines())


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_object_is_one_line_for_its_readers(
    ends: dict[str, dict[str, str]], case: str
) -> None:
    for way, end in ends[case].items():
        assert not end.startswith("!"), f"{way}: {end}"
        assert "\n" not in end
        assert len(end) < 600
    if case.startswith("alias: "):
        assert "prod.json" in ends[case]["alias"]
    else:
        named = ("v0004.json", "w0002.json", "scots@v4", "clip talk-")
        assert any(name in ends[case]["open"] for name in named)
    assert ends[case]["verify"] == "fine"  # it names what is wrong, and does not stop


@pytest.mark.parametrize("case", CASES)
def test_it_does_not_stop_the_readers_of_others(ends: dict[str, dict[str, str]], case: str) -> None:
    if case.startswith("withdrawal: "):  # what was withdrawn must not come back
        assert "restore it from a backup" in ends[case]["others"]
        return
    for way in ("versions", "aliases", "others"):
        assert ends[case][way] == "fine"


@pytest.mark.parametrize(
    ("num_clips", "bits"),
    [
        (2**40, zlib.compress(b"")),
        (2**60, zlib.compress(bytes(1000))),
        (2**70, b""),
        (-8, b""),
        (8, zlib.compress(bytes(10**8), 9)),  # 100 MB in 100 kB, of which one byte is stated
        ("8", b""),
    ],
)
def test_a_receipt_is_unpacked_as_far_as_it_states_and_holds(
    num_clips: object, bits: bytes
) -> None:
    header = {
        "dataset": "scots", "version": 1, "digest": "ab" * 32, "filter": None, "readings": [],
        "num_clips": num_clips, "complete": True,
    }  # fmt: skip
    line = {"kind": "audioset receipt", "format_version": 1, "receipts": [header]}
    with pytest.raises(InvalidInputError, match="it is not a receipt: "):
        decode_receipts(json.dumps(line).encode() + b"\n" + bits, name="it")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"dataset": "scots", "version": 1, "digest": "../../x", "store": "s"}',
        '{"dataset": "scots", "version": "1", "digest": "ab", "store": "s"}',
        '{"dataset": "scots", "dataset": "scots"}',
        "7",
    ],
)
def test_what_is_no_pin_is_said_so(text: str) -> None:
    with pytest.raises(InvalidInputError, match="it is not a pin file: "):
        Pin.from_json(text, name="it")
