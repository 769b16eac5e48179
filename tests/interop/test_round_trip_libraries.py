"""Exports of all that is known of clips, taken up by the libraries of their formats."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import audioset
from audioset.records.fact_columns import fact_of_column
from audioset.records.manifest import Clip, column_names
from audioset.workspace import Workspace
from tests.interop.round_trips import (
    OF_IMPORT,
    make_version,
    published_clips,
    working_clips,
)
from tests.training.optional import have

Samples = np.ndarray[Any, Any]
# Of no use elsewhere, and written as columns of their own or not at all.
LEFT_OUT = {"extra", "audio_sha256", "shard_sha256", "offset_bytes", "size_bytes"}


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_version(tmp_path_factory.mktemp("w") / "scots")


@pytest.fixture(scope="module")
def clips(ws: Workspace) -> dict[str, Clip]:
    return {clip.clip_id: clip for clip in published_clips(ws).values()}


def decoded(sound: Path | bytes) -> Samples:
    source = io.BytesIO(sound) if isinstance(sound, bytes) else sound
    found: Samples = soundfile.read(source, dtype="int16")[0]
    return found


def require_equal(ws: Workspace, clip: Clip, samples: Samples, said: dict[str, Any]) -> None:
    """Hold a row of somebody's table, None for what it does not say, against the clip."""
    assert np.array_equal(samples, decoded(ws.clips_dir / f"{clip.clip_id}.flac"))
    own = {name: getattr(clip, name) for name in column_names() if name not in LEFT_OUT}
    assert {name: said.pop(name, None) for name in own} == own
    further = json.loads(said.pop("extra", None) or "{}")
    facts = {fact_of_column(name): value for name, value in said.items() if value is not None}
    assert facts | further == dict(clip.extra)


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Any]:
    """A repository of audb in a folder, and its cache."""
    have("audb", "REQUIRE_DATASETS")
    import audb

    (tmp_path / "host" / "scots").mkdir(parents=True)
    found = audb.Repository("scots", str(tmp_path / "host"), "file-system")
    before = audb.config.REPOSITORIES
    audb.config.REPOSITORIES = [found]
    yield found
    audb.config.REPOSITORIES = before


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # audformat's own words to pandas
def test_audb_publishes_it_and_gives_it_to_others(
    ws: Workspace, clips: dict[str, Clip], repository: Any, tmp_path: Path
) -> None:
    import audb

    cache = str(tmp_path / "cache")
    ws.export("audb", "scots@v1", tmp_path / "export")
    audb.publish(
        str(tmp_path / "export"),
        "1.0.0",
        repository,
        cache_root=cache,
        num_workers=1,
        verbose=False,
    )
    loaded = audb.load(
        "scots", version="1.0.0", cache_root=cache, num_workers=1, verbose=False, full_path=False
    )
    found = 0
    for split, table in loaded.tables.items():
        for file, row in table.df.iterrows():
            said = {name: None if row.isna()[name] else row[name] for name in row.index}
            clip = clips[said["clip_id"]]
            said["split"] = None if split == "unsplit" else split
            require_equal(ws, clip, decoded(Path(loaded.root) / str(file)), said)
            found += 1
    assert found == len(clips)
    back = audioset.init(tmp_path / "back", name="scots")
    report = back.import_corpus(loaded.root)
    assert (report.format, report.num_new, report.problems) == ("audb", len(clips), ())
    assert {clip.clip_id: facts_of(clip) for clip in working_clips(back).values()} == {
        clip.clip_id: facts_of(clip) for clip in clips.values()
    }


def facts_of(clip: Clip) -> dict[str, Any]:
    said = {name: getattr(clip, name) for name in column_names() if name not in LEFT_OUT}
    return said | {name: fact for name, fact in clip.extra.items() if name not in OF_IMPORT}


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # mlcroissant's to pandas
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # mlcroissant's to rdflib
def test_mlcroissant_finds_it_valid_and_gives_sound_and_facts(
    ws: Workspace, clips: dict[str, Clip], tmp_path: Path
) -> None:
    have("mlcroissant", "REQUIRE_DATASETS")
    import mlcroissant

    ws.export("croissant", "scots@v1", tmp_path / "export")
    dataset = mlcroissant.Dataset(str(tmp_path / "export" / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    found = 0
    for records in dataset.metadata.record_sets:
        names = {field.id: field.name for field in records.fields}
        for record in dataset.records(records.id):
            said = {names[name]: _plain(value) for name, value in record.items()}
            samples = decoded(record[f"{records.id}/audio"])
            del said["audio"]
            require_equal(ws, clips[said["clip_id"]], samples, said)
            found += 1
    assert found == len(clips)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return None if value is None or value != value else value


@pytest.mark.slow
@pytest.mark.parametrize("name", ["huggingface", "webdataset"])
def test_datasets_decodes_it_by_torchcodec(
    name: str, ws: Workspace, clips: dict[str, Clip], tmp_path: Path
) -> None:
    have("datasets", "REQUIRE_DATASETS")
    have("torchcodec", "REQUIRE_TORCHCODEC")
    import datasets

    ws.export(name, "scots@v1", tmp_path / "export")
    loaded = datasets.load_dataset(str(tmp_path / "export"), cache_dir=str(tmp_path / "cache"))
    column = "audio" if name == "huggingface" else "flac"
    found = 0
    for split in loaded.values():
        for row in split.cast_column(column, datasets.Audio()):
            samples = row[column].get_all_samples()
            clip = clips[row.get("clip_id") or row["__key__"]]
            pcm = (samples.data.numpy()[0] * 32768).astype(np.int16)
            assert np.array_equal(pcm, decoded(ws.clips_dir / f"{clip.clip_id}.flac"))
            assert samples.sample_rate == clip.sampling_rate
            found += 1
    assert found == len(clips)
