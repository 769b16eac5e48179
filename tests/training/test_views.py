"""Views: a condition on a version has a name, a digest and clips of its own."""

from dataclasses import replace
from pathlib import Path

import pytest

from audioset.errors import IntegrityError, InvalidInputError, NotFoundError, WithdrawnWarning
from audioset.records.pin import Pin
from audioset.records.view import both_conditions
from audioset.storage.filters import filter_rows
from audioset.storage.store import open_store
from audioset.training.reader import Dataset
from audioset.versions.read.digest import table_digest
from audioset.workspace import Workspace
from tests.servers import s3_url
from tests.training.test_reader import publish
from tests.workspaces import make_workspace

__all__ = ["s3_url"]
SPEAKER = "speaker = 'speaker1'"


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "workspace", sources=3, clips_per_source=10)


@pytest.fixture
def dataset(ws: Workspace) -> Dataset:
    return publish(ws, open_store(ws.settings.store))


def ids(dataset: Dataset) -> list[str]:
    return [str(clip_id) for clip_id in dataset.table["clip_id"].to_pylist()]


def test_a_view_has_the_clips_for_which_its_condition_holds(dataset: Dataset) -> None:
    view = dataset.where(SPEAKER)
    assert len(view) == 10
    assert [clip.row.clip_id for clip in view] == ids(view)
    assert {clip.row.speaker for batch in view.batches(clips=4) for clip in batch} == {"speaker1"}
    assert view.name == "scots@v1?speaker = 'speaker1'"
    other = next(clip_id for clip_id in ids(dataset) if clip_id not in ids(view))
    with pytest.raises(NotFoundError, match=r"scots@v1\?speaker = 'speaker1' has no clip"):
        view[other]


def test_its_digest_is_that_of_its_rows_whatever_the_condition_says(dataset: Dataset) -> None:
    view = dataset.where(SPEAKER)
    rows = filter_rows(dataset.table, SPEAKER).combine_chunks()
    assert view.digest == table_digest(rows.to_batches()) != dataset.digest
    assert dataset.where("speaker <> 'speaker0'").digest == view.digest
    assert dataset.where("length_seconds > 0").digest == dataset.digest, "it keeps everything"
    assert dataset.where("false").digest not in (view.digest, dataset.digest)


def test_an_empty_view_reads_as_nothing_and_says_so(dataset: Dataset) -> None:
    view = dataset.where("speaker = 'nobody'")
    assert (len(view), list(view), list(view.batches(clips=4))) == (0, [], [])
    assert (view.view.num_clips, view.view.size_bytes, len(view.to_pandas())) == (0, 0, 0)
    with pytest.raises(NotFoundError, match="'nobody' holds no clip, so none has 'speaker'"):
        view.label("speaker")
    with pytest.raises(InvalidInputError, match="'nobody' holds no clip that webdataset could"):
        view.webdataset()


def test_a_sample_is_a_view_that_can_be_opened_by_its_name(dataset: Dataset) -> None:
    sample = dataset.sample(0.5, seed=3)
    assert sample.name == "scots@v1?sample(0.5, 3)"
    assert 0 < len(sample) < len(dataset)
    assert ids(dataset.where("sample(0.5, 3)")) == ids(sample) != ids(dataset.sample(0.5, seed=4))


@pytest.mark.parametrize("first", ["split = 'train' or speaker = 'x'", "split = 'train' -- mostly"])
def test_a_view_of_a_view_meets_both_conditions(dataset: Dataset, first: str) -> None:
    both = dataset.where(first).where(SPEAKER)
    assert ids(both) == ids(dataset.where("split = 'train' and speaker = 'speaker1'"))
    again = Dataset(dataset.store, dataset.record, filter=both.filter)
    assert (again.digest, again.name) == (both.digest, both.name)
    assert both_conditions(None, SPEAKER) == both_conditions(SPEAKER, None) == SPEAKER


def test_a_bad_condition_is_refused_at_once(dataset: Dataset) -> None:
    with pytest.raises(InvalidInputError, match="speeker"):
        dataset.where("speeker = 'ada'")


def test_a_view_has_its_own_order_and_says_its_name_in_errors(dataset: Dataset) -> None:
    view = dataset.where(SPEAKER)
    orders = [
        [clip.row.clip_id for batch in d.batches(clips=1, seed=1) for clip in batch]
        for d in (view, dataset)
    ]
    assert orders[0] != [clip_id for clip_id in orders[1] if clip_id in orders[0]]
    with pytest.raises(
        InvalidInputError, match=r"scots@v1\?.* has split 'test'; splits are: train"
    ):
        view.batches(clips=1, split="test")


def test_only_the_bytes_of_its_clips_are_read(ws: Workspace, s3_url: str) -> None:
    remote = publish(ws, open_store(s3_url))
    asked: list[tuple[int, int]] = []
    real = remote.store.get_ranges
    remote.store.get_ranges = lambda key, ranges, **join: (
        asked.extend(ranges),
        real(key, ranges, **join),
    )[1]  # type: ignore[method-assign, func-returns-value]
    view = remote.where("speaker = 'speaker1' and start_seconds < 2")
    assert sum(len(batch) for batch in view.batches(clips=2)) == len(view) == 4
    sizes = view.table["size_bytes"].to_pylist()
    assert sorted(size for _, size in asked) == sorted(sizes), "each clip once and nothing else"


def test_webdataset_gives_the_clips_of_a_view(dataset: Dataset) -> None:
    view = dataset.where(SPEAKER)
    assert sorted(sample["__key__"] for sample in view.webdataset()) == ids(view)


def test_a_view_is_opened_described_and_pulled_by_its_name(
    ws: Workspace, dataset: Dataset, tmp_path: Path
) -> None:
    name = f"scots@v1?{SPEAKER}"
    view = ws.open(name)
    assert (view.name, view.digest) == (name, dataset.where(SPEAKER).digest)
    description = ws.describe(name)
    assert (description.name, description.num_clips) == (name, 10)
    assert [total.name for total in description.speakers] == ["speaker1"]
    report = ws.pull(name, tmp_path / "out", filter="start_seconds < 1")
    assert report.num_clips == 2
    ws.alias("best", "scots@v1")
    assert len(ws.open(f"scots@best?{SPEAKER}")) == 10


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("scots@v1?", "has no condition"),
        ("scots@v1? ", "has no condition"),
        ("scots@v1?speeker = 1", "speeker"),
        ("scots@v9?true", "scots@v9 does not exist"),
    ],
)
def test_a_name_that_is_no_view_says_why(
    ws: Workspace, dataset: Dataset, name: str, message: str
) -> None:
    with pytest.raises((InvalidInputError, NotFoundError), match=message):
        ws.open(name).view  # noqa: B018  the rows are read here


def test_verbs_that_need_a_whole_version_refuse_a_view(
    ws: Workspace, dataset: Dataset, tmp_path: Path
) -> None:
    pin_file = ws.write_pin(f"scots@v1?{SPEAKER}", tmp_path / "pin.json")
    for reference in (f"scots@v1?{SPEAKER}", pin_file):
        with pytest.raises(InvalidInputError, match=r"names a part of scots@v1.*whole version"):
            ws.diff(reference)


def test_a_pin_file_of_a_view_holds_condition_and_digest(
    ws: Workspace, dataset: Dataset, tmp_path: Path
) -> None:
    view = dataset.where(SPEAKER)
    path = ws.write_pin(view, tmp_path / "view.json")
    pin = Pin.from_json(path.read_text(), name="view")
    assert pin == Pin(
        dataset="scots",
        version=1,
        digest=view.digest,
        store=ws.settings.store,
        filter=SPEAKER,
        version_digest=dataset.digest,
    )
    assert pin.name == view.name
    assert ids(ws.open(path)) == ids(view)


def test_a_pin_file_of_a_version_is_as_it_was(
    ws: Workspace, dataset: Dataset, tmp_path: Path
) -> None:
    text = ws.write_pin("scots@v1", tmp_path / "pin.json").read_text()
    assert "filter" not in text
    assert "version_digest" not in text
    assert ws.open(tmp_path / "pin.json").digest == dataset.digest


def test_a_pin_file_whose_condition_chooses_other_clips_is_refused(
    ws: Workspace, dataset: Dataset, tmp_path: Path
) -> None:
    path = ws.write_pin(dataset.where(SPEAKER), tmp_path / "pin.json")
    pin = Pin.from_json(path.read_text(), name="pin")
    path.write_text(replace(pin, filter="true").to_json())
    with pytest.raises(IntegrityError, match="the condition chooses other clips"):
        ws.open(path)
    path.write_text(replace(pin, version_digest="0" * 64).to_json())
    with pytest.raises(IntegrityError, match="it is not the same data"):
        ws.open(path)


def test_a_pinned_view_opens_after_a_withdrawal_without_the_withdrawn(
    ws: Workspace, tmp_path: Path
) -> None:
    ws.publish(track=False)
    view = ws.open("scots@v1?split = 'train'")
    path = ws.write_pin(view, tmp_path / "pin.json")
    ws.forget(speaker="speaker1", yes=True)
    with pytest.warns(WithdrawnWarning):
        opened = ws.open(path)
    assert len(opened) == 10
    assert set(opened.label("speaker")) == {"speaker0"}
