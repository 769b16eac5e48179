"""The files and the tags of receipts: what they say to the word, and what is read from them."""

import zlib
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import mlflow
import pytest
from mlflow.entities import Run, RunData, RunInfo, RunTag

from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.receipt import Reading, Receipt, encode_receipts
from audioset.tracking.run import receipt_files
from audioset.tracking.run.receipt_files import (
    BROKEN_OFF,
    STILL_NOTING,
    list_files,
    merge_files,
    noting_tags,
    upload_receipts,
)
from audioset.tracking.run.receipts import (
    TaggedReceipt,
    has_other_receipts,
    read_receipts,
    read_tag,
    tag_receipts,
)
from tests.tracking.conftest import Published
from tests.tracking.logged_receipts import log_receipts

DIGEST = "ab" * 32
TAG = f"audioset.receipt.{DIGEST[:32]}"
HALF = Receipt(
    dataset="scots", version=3, digest=DIGEST, filter=None, num_clips=10, bits=bytes([0b11, 2]),
    readings=(Reading(split=None, seed=12, epoch=0, num_clips=3),), complete=True,
)  # fmt: skip
WHOLE = replace(HALF, digest="cd" * 32, bits=b"\xff\x03", num_clips=10, readings=())
VIEW = replace(
    HALF, filter="a = 1", readings=(Reading(split="train", seed=3, epoch=1, num_clips=3),)
)


def packed(bits: bytes) -> str:
    return b64encode(zlib.compress(bits, 9)).decode()


def tagged(**tags: str) -> Run:
    """A run of MLflow with these tags, of which `tag` is that of the digest."""
    named = {TAG if key == "tag" else f"audioset.{key}": text for key, text in tags.items()}
    info = RunInfo("1f", "0", "mary", "RUNNING", 0, None, "active", artifact_uri="file:///none")
    return Run(info, RunData(tags=[RunTag(key, text) for key, text in named.items()]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3/10 " + packed(bytes([3, 2])), TaggedReceipt(3, 10, True, bytes([3, 2]), True)),
        ("3/10+ " + packed(bytes([3, 2])), TaggedReceipt(3, 10, False, bytes([3, 2]), True)),
        ("3/10? " + packed(bytes([3, 2])), TaggedReceipt(3, 10, True, bytes([3, 2]), False)),
        ("10/10", TaggedReceipt(10, 10, True, None, True)),
        ("3/10+", TaggedReceipt(3, 10, False, None, True)),
        ("3/10 " + packed(bytes([3])), TaggedReceipt(3, 10, True, None, True)),
        ("3/10 nonsense", TaggedReceipt(3, 10, True, None, True)),
        ("3/10 AAAA", TaggedReceipt(3, 10, True, None, True)),
        ("3/10!", None),
        ("3 of 10", None),
        ("", None),
    ],
)
def test_a_tag_is_believed_as_far_as_it_can_be_read(
    text: str, expected: TaggedReceipt | None
) -> None:
    assert read_tag(tagged(tag=text), DIGEST) == expected
    assert read_tag(tagged(tag=text), "ef" * 32) is None
    assert read_tag(tagged(tag=text), f"{DIGEST[:32]}{'0' * 32}") == expected


def test_receipts_of_other_rows_are_told_from_those_of_a_digest() -> None:
    assert not has_other_receipts(tagged(tag="1/1", receipt="words", receipts="1"), DIGEST)
    assert has_other_receipts(tagged(tag="1/1"), "cd" * 32)
    assert has_other_receipts(tagged(**{"tag": "1/1", "receipt.other": "1/1"}), DIGEST)


def test_processes_that_note_are_named_by_their_tags() -> None:
    run = tagged(
        **{"noting.b": "process 2", "noting.a": "process 1", "noting": "", "notings.c": ""}
    )
    assert noting_tags(run) == ["audioset.noting.a", "audioset.noting.b"]


@pytest.fixture
def client(published: Published) -> Any:
    return mlflow.MlflowClient(published.ws.settings.tracking)


@pytest.fixture
def run_id(published: Published, client: Any) -> str:
    """An empty run, whose artifacts lie beside the database."""
    database = Path(published.ws.settings.tracking.removeprefix("sqlite:///"))
    place = (database.parent / "mlartifacts").as_uri()
    made: str = client.create_run(client.create_experiment("e", place)).info.run_id
    return made


def tags_of(client: Any, run_id: str) -> dict[str, str]:
    tags = client.get_run(run_id).data.tags
    return {key: text for key, text in tags.items() if key.startswith("audioset.")}


def test_tags_say_the_counts_in_words_and_the_bits_in_numbers(client: Any, run_id: str) -> None:
    log_receipts(client, run_id, [WHOLE, VIEW, HALF])
    view = f"audioset.receipt.{sha256(f'{DIGEST} a = 1'.encode()).hexdigest()[:32]}"
    assert tags_of(client, run_id) == {
        "audioset.receipt": "scots@v3 where a = 1: 3 of 10 clips, scots@v3: 3 of 10 clips, "
        "scots@v3: 10 of 10 clips",
        TAG: f"3/10 {packed(HALF.bits)}",
        f"audioset.receipt.{'cd' * 16}": "10/10",
        view: f"3/10 {packed(HALF.bits)}",
    }
    run = client.get_run(run_id)
    assert run.data.params == {"data_seed": "3, 12", "data_filter": "a = 1"}
    ((path, size),) = list_files(client, run)
    assert (path, size) == ("audioset/receipt.bin", len(encode_receipts([WHOLE, VIEW, HALF])))
    assert set(read_receipts(client, run)) == {WHOLE, VIEW, HALF}
    log_receipts(client, run_id, [WHOLE])  # parameters that are there stay as they are
    assert client.get_run(run_id).data.params == run.data.params


def test_tags_say_what_is_not_known(client: Any, run_id: str) -> None:
    going_on = replace(HALF, complete=False)
    perhaps = replace(HALF, digest="11" * 32, perhaps=bytes([0b111, 0]))
    both = replace(perhaps, digest="22" * 32, complete=False)
    whole = replace(WHOLE, complete=False)
    log_receipts(client, run_id, [going_on, perhaps, both, whole])
    found = tags_of(client, run_id)
    assert found["audioset.receipt"] == (
        "scots@v3: 3 of 10 clips, perhaps 1 more, scots@v3: 3 of 10 clips, perhaps 1 more so far, "
        "scots@v3: 3 of 10 clips so far, scots@v3: 10 of 10 clips so far"
    )
    marks = {key[17:19]: text.partition(" ")[0] for key, text in found.items()}
    assert marks == {"": "scots@v3:", "ab": "3/10+", "11": "3/10?", "22": "3/10+", "cd": "10/10"}
    assert client.get_run(run_id).data.params == {}, "not before all is known"


def test_bits_that_are_too_many_for_a_tag_stay_in_the_artifact(client: Any, run_id: str) -> None:
    def of(num_bytes: int, digest: str) -> Receipt:
        noise = b"".join(
            sha256(bytes([number % 256, number // 256])).digest() for number in range(100)
        )
        bits = noise[:num_bytes]
        return replace(HALF, digest=digest * 32, num_clips=num_bytes * 8, bits=bits)

    fits, too_many = of(2989, "11"), of(2990, "22")  # and 11 of zlib are 4,000 characters
    log_receipts(client, run_id, [fits, too_many])
    found = tags_of(client, run_id)
    assert len(found[f"audioset.receipt.{'11' * 16}"].split(" ")[1]) == 4000
    assert found[f"audioset.receipt.{'22' * 16}"] == f"{too_many.num_consumed}/{2990 * 8}"
    run = client.get_run(run_id)
    assert {one.bits for one in read_receipts(client, run)} == {fits.bits, too_many.bits}


def test_files_of_several_processes_are_joined(client: Any, run_id: str) -> None:
    other = replace(HALF, bits=bytes([4, 0]), readings=())
    upload_receipts(client, run_id, [HALF], name="receipt-aa.bin")
    upload_receipts(client, run_id, [other], name="receipt-b_1.bin")
    client.log_text(run_id, "by hand", "audioset/receipt-copy (1).bin")
    client.log_text(run_id, "by hand", "audioset/notes.bin")
    run = client.get_run(run_id)
    names = [path for path, _ in list_files(client, run)]
    assert names == ["audioset/receipt-aa.bin", "audioset/receipt-b_1.bin"]
    (joined,) = merge_files(client, run)
    assert joined == replace(HALF, bits=bytes([7, 2]))
    known = {"receipt-b_1.bin": [replace(other, bits=bytes([8, 0]))]}
    (joined,) = merge_files(client, run, known=known)
    assert joined.bits == bytes([11, 2])
    assert merge_files(client, run, known={"receipt-b_1.bin": []}) == (HALF,)
    tag_receipts(client, run_id, known=known)
    assert tags_of(client, run_id)[TAG] == f"4/10 {packed(bytes([11, 2]))}"


def test_a_process_that_notes_or_was_killed_leaves_the_receipt_incomplete(
    client: Any, run_id: str
) -> None:
    cut = replace(HALF, digest="11" * 32, complete=False, unknown=("a full disk",))
    upload_receipts(client, run_id, [HALF, cut], name="receipt-aa.bin")
    client.set_tag(run_id, "audioset.noting.bb", "process 1")
    one, other = merge_files(client, client.get_run(run_id))
    assert (one, other) == (cut, replace(HALF, complete=False, unknown=(STILL_NOTING,)))
    client.set_terminated(run_id, "FAILED")
    _, other = merge_files(client, client.get_run(run_id))
    assert other.unknown == (BROKEN_OFF,)
    client.delete_tag(run_id, "audioset.noting.bb")
    assert merge_files(client, client.get_run(run_id)) == (cut, HALF)


def test_a_run_without_receipts_has_no_tags(client: Any, run_id: str) -> None:
    tag_receipts(client, run_id)
    run = client.get_run(run_id)
    assert (tags_of(client, run_id), list_files(client, run), read_receipts(client, run)) == (
        {}, [], (),
    )  # fmt: skip
    client.set_tag(run_id, "audioset.receipt", "scots@v3: 1 of 1 clips")
    with pytest.raises(
        NotFoundError, match=f"the receipt of MLflow run {run_id} is not in .*moved"
    ):
        read_receipts(client, client.get_run(run_id))
    client.log_text(run_id, "no receipt", "audioset/receipt.bin")
    with pytest.raises(InvalidInputError, match=f"^the receipt of MLflow run {run_id} is not a"):
        read_receipts(client, client.get_run(run_id))


def test_artifacts_that_moved_with_the_database_are_found_beside_it(
    published: Published, client: Any, tmp_path: Path
) -> None:
    database = Path(published.ws.settings.tracking.removeprefix("sqlite:///"))
    before = tmp_path / "before" / "mlartifacts" / "mlartifacts"  # the last one counts
    experiment = client.create_experiment("moved", before.as_uri())
    run_id = client.create_run(experiment).info.run_id
    log_receipts(client, run_id, [HALF])
    run = client.get_run(run_id)
    assert read_receipts(client, run) == (HALF,)
    (tmp_path / "before").rename(tmp_path / "after")
    with pytest.raises(NotFoundError):
        read_receipts(client, run)
    (database.parent / "mlartifacts").mkdir(exist_ok=True)
    for each in (tmp_path / "after" / "mlartifacts" / "mlartifacts").iterdir():
        each.rename(database.parent / "mlartifacts" / each.name)
    assert read_receipts(client, run) == (HALF,)
    assert [path for path, _ in list_files(client, run)] == ["audioset/receipt.bin"]


def test_artifacts_that_are_where_mlflow_says_are_not_looked_for_elsewhere(
    published: Published, client: Any, tmp_path: Path
) -> None:
    """A copy beside the database may be older."""
    database = Path(published.ws.settings.tracking.removeprefix("sqlite:///"))
    place = tmp_path / "there" / "mlartifacts"
    run_id = client.create_run(client.create_experiment("there", place.as_uri())).info.run_id
    log_receipts(client, run_id, [HALF])
    (database.parent / "mlartifacts" / run_id / "artifacts").mkdir(parents=True)
    assert read_receipts(client, client.get_run(run_id)) == (HALF,)


def test_mlflows_own_client_finds_the_same(
    client: Any, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for artifacts in a store, of which no folder is known."""
    log_receipts(client, run_id, [HALF])
    run = client.get_run(run_id)
    before = list_files(client, run)
    monkeypatch.setattr(receipt_files, "_local_folder", lambda *_: None)
    assert list_files(client, run) == before
    assert merge_files(client, run) == (HALF,)
