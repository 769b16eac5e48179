"""An opened version as a table: names, facts, and what is said where a fact is not there."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.manifest import clips_from_table, table_from_clips
from audioset.storage.cache import Cache
from audioset.storage.store import open_store
from audioset.storage.tables import list_manifests, read_manifest
from audioset.training.reader import Dataset
from audioset.versions.publish.publish import publish_table
from tests.workspaces import add_source, make_workspace


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Four clips of one speaker: the first has a mood, the last an extra of a column's name."""
    ws = make_workspace(tmp_path_factory.mktemp("table") / "w", sources=0)
    add_source(ws, "talk.mp4", 4, speaker="ada", text="words", split="train")
    clips = list(clips_from_table(read_manifest(list_manifests(ws.manifests_dir)[0])))
    clips[0] = replace(clips[0], extra={"mood": "calm"})
    clips[3] = replace(clips[3], extra={"speaker": "nobody", "take": "9"}, split=None)
    store = open_store("memory://")
    made = publish_table(
        table_from_clips(clips), clips_dir=ws.clips_dir, store=store, dataset="scots"
    )
    return Dataset(store, made.record)


def test_it_tells_its_name_and_place(dataset: Dataset) -> None:
    assert repr(dataset) == "Dataset(scots@v1, 4 clips, memory://)"
    view = dataset.where("  split is null ")
    assert repr(view) == "Dataset(scots@v1?split is null, a view, memory://)"
    assert (dataset.name, view.name) == ("scots@v1", "scots@v1?split is null")
    assert (dataset.filter, view.filter) == (None, "split is null")
    assert str(view.ref) == "scots@v1"


def test_a_view_keeps_store_record_and_cache(dataset: Dataset, tmp_path: Path) -> None:
    cache = Cache(tmp_path, 1000)
    opened = Dataset(dataset.store, dataset.record, cache=cache)
    for view in (opened.where("true"), opened.sample(0.5)):
        assert (view.store, view.record, view.cache) == (dataset.store, dataset.record, cache)
    assert (dataset.cache, opened.where("true").filter) == (None, "true")
    assert opened.sample(0.25).name == "scots@v1?sample(0.25, 0)"
    assert opened.sample(0.25, 7).name == "scots@v1?sample(0.25, 7)"


def test_what_it_holds_is_described(dataset: Dataset) -> None:
    whole, view = dataset.view, dataset.where("split = 'train'").view
    assert (whole.num_clips, whole.digest, whole.filter) == (4, dataset.record.digest, None)
    assert (view.num_clips, view.filter) == (3, "split = 'train'")
    assert view.digest == dataset.where("split = 'train'").digest != whole.digest


def test_rows_of_a_split_are_given_by_their_places(dataset: Dataset) -> None:
    assert dataset.positions() == [0, 1, 2, 3]
    assert dataset.positions("train") == [0, 1, 2]
    with pytest.raises(
        InvalidInputError, match=r"no clip of scots@v1 has split 'dev'; splits are: train$"
    ):
        dataset.positions("dev")
    with pytest.raises(InvalidInputError, match=r"has split 'dev'; splits are: none$"):
        dataset.where("split is null").positions("dev")


def test_a_label_is_a_column_first_and_else_a_fact(dataset: Dataset) -> None:
    assert dataset.label("speaker") == ["ada"] * 4
    assert dataset.label("split") == ["train", "train", "train", None]
    assert dataset.label("mood") == ["calm", None, None, None]
    assert dataset.label("num_samples") == [2000] * 4


def test_an_unknown_label_is_refused_with_those_that_there_are(dataset: Dataset) -> None:
    for name in ("digit", "extra"):
        with pytest.raises(NotFoundError) as told:
            dataset.label(name)
        text = str(told.value)
        assert text.startswith(f"no clip of scots@v1 has '{name}'; there are ")
        labels = text.partition("there are ")[2].split(", ")
        assert labels == sorted(labels)
        assert {"mood", "take", "speaker", "text", "split"} <= set(labels)
        assert not {"extra", "clip_id", "num_samples", "language"} & set(labels)
    with pytest.raises(NotFoundError, match=r"scots@v1\?false holds no clip, so none has 'mood'"):
        dataset.where("false").label("mood")


def test_facts_are_columns_of_text_in_order_of_their_names(dataset: Dataset) -> None:
    frame = dataset.to_pandas()
    assert list(frame.columns[-3:]) == ["mood", "extra_speaker", "extra_take"]
    assert frame["mood"].tolist()[0] == "calm"
    assert frame["mood"].isna().tolist() == [False, True, True, True]
    assert frame["extra_speaker"].isna().tolist() == [True, True, True, False]
    assert frame["speaker"].tolist() == ["ada"] * 4
    assert isinstance(frame["mood"].dtype, pd.StringDtype)
    assert "extra" not in frame.columns
