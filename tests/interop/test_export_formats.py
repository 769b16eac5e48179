"""Versions in the formats of others, opened by the real libraries: equal samples, equal facts."""

import csv
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from audioset.errors import InvalidInputError
from audioset.interop.exporters import export_format_names
from audioset.records.manifest import Clip, clips_from_table
from audioset.versions.read.resolve import read_version, resolve_reference
from audioset.workspace import Workspace
from tests.training.optional import have
from tests.workspaces import add_source, make_workspace

# What a format that is one line a clip cannot hold as it is, and an id that NeMo would misread.
HOSTILE = 'ä "line" | of\nIsla '
SPLITS = ("test", "train", "unsplit")
Samples = np.ndarray[Any, Any]


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """scots@v1: six clips of three speakers, in two splits and none."""
    made = make_workspace(tmp_path_factory.mktemp("w") / "scots", sources=2, clips_per_source=2)
    add_source(
        made,
        "my-subject.mp4",
        2,
        text=HOSTILE,
        text_source="model:scribe@2",
        speaker="Isla M",
        gender="female",
        age="30",
        language="en-GB",
        licence="CC-BY-4.0",
        snr_db=12.5,
        extra={"room": "hall", "text": "as spoken", "mood": "glad"},
    )
    made.publish(track=False)
    return made


@pytest.fixture(scope="module")
def clips(ws: Workspace) -> dict[str, Clip]:
    rows = read_version(ws.store, resolve_reference(ws.store, "scots@v1"))
    return {clip.clip_id: clip for clip in clips_from_table(rows)}


@pytest.fixture(scope="module")
def sounds(ws: Workspace, clips: dict[str, Clip]) -> dict[str, Samples]:
    return {key: soundfile.read(ws.clips_dir / f"{key}.flac", dtype="int16")[0] for key in clips}


@pytest.fixture
def to(tmp_path: Path) -> Path:
    return tmp_path / "out"


def of_split(clips: dict[str, Clip], split: str) -> list[Clip]:
    return [clip for clip in clips.values() if (clip.split or "unsplit") == split]


def decoded(data: bytes | Path) -> Samples:
    source = io.BytesIO(data) if isinstance(data, bytes) else data
    found: Samples = soundfile.read(source, dtype="int16")[0]
    return found


def lines_of(path: Path) -> list[list[str]]:
    return [line.split("|") for line in path.read_text(encoding="utf-8").splitlines()]


def json_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("streaming", [False, True])
def test_hugging_face_opens_parquet_without_torch(
    streaming: bool, ws: Workspace, clips: dict[str, Clip], sounds: dict[str, Samples], to: Path
) -> None:
    have("datasets", "REQUIRE_DATASETS")
    import datasets

    report = ws.export("huggingface", "scots@v1", to)
    assert report.no_place == {}
    loaded = datasets.load_dataset(str(to), streaming=streaming, cache_dir=str(to.parent / "c"))
    assert tuple(sorted(loaded)) == SPLITS
    for split in SPLITS:
        assert loaded[split].features["audio"].sampling_rate == 8000
        rows = list(loaded[split].cast_column("audio", datasets.Audio(decode=False)))
        assert [row["clip_id"] for row in rows] == [c.clip_id for c in of_split(clips, split)]
        for row in rows:
            clip = clips[row["clip_id"]]
            assert row["audio"]["path"] == f"{clip.clip_id}.flac"
            assert np.array_equal(decoded(row["audio"]["bytes"]), sounds[clip.clip_id])
            facts = {name: row.get(name) for name in ("room", "mood")}
            facts["text"] = row["extra_text"]  # the clip's own text is the column of that name
            assert {k: v for k, v in facts.items() if v is not None} == dict(clip.extra)
            others = row.keys() - {"audio", "room", "mood", "extra_text"}
            assert len(others) > 20
            assert {name: row[name] for name in others} == {n: getattr(clip, n) for n in others}


def test_hugging_face_opens_tars_of_which_a_column_is_empty_at_first(
    ws: Workspace, clips: dict[str, Clip], sounds: dict[str, Samples], to: Path
) -> None:
    have("datasets", "REQUIRE_DATASETS")
    import datasets

    ws.export("webdataset", "scots@v1", to)
    loaded = datasets.load_dataset(str(to), cache_dir=str(to.parent / "c"))
    assert tuple(sorted(loaded)) == SPLITS
    rows = [row for split in SPLITS for row in loaded[split]]
    assert len(rows) == 6
    for row in rows:
        clip = clips[row["__key__"]]
        assert np.array_equal(decoded(row["flac"]), sounds[clip.clip_id])
        assert (row["txt"], row["json"]["snr_db"]) == (clip.text, clip.snr_db)


def test_many_further_facts_are_one_column(ws: Workspace, tmp_path: Path, to: Path) -> None:
    import pyarrow.parquet as pq

    many = make_workspace(tmp_path / "many", sources=0)
    facts = {f"fact {number}": str(number) for number in range(70)}
    add_source(many, "a.wav", 1, extra=facts)
    many.publish(track=False)
    many.export("huggingface", "scots@v1", to)
    (row,) = pq.read_table(to / "data" / "unsplit-00000-of-00001.parquet").to_pylist()
    assert json.loads(row["extra"]) == facts
    many.export("csv", "scots@v1", to.parent / "csv")
    with (to.parent / "csv" / "unsplit" / "metadata.csv").open(newline="") as file:
        (line,) = csv.DictReader(file)
    assert json.loads(line["extra"]) == facts


def test_push_is_refused_before_anything_is_written(
    ws: Workspace, to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have("huggingface_hub", "REQUIRE_DATASETS")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(to / "none"))
    with pytest.raises(InvalidInputError, match="nothing was written: there is no token"):
        ws.export("huggingface", "scots@v1", to, push="me/scots")
    with pytest.raises(InvalidInputError, match=r"'me/\.\./x' is no name of a repository"):
        ws.export("huggingface", "scots@v1", to, push="me/../x")
    with pytest.raises(InvalidInputError, match="kaldi has no repository"):
        ws.export("kaldi", "scots@v1", to, push="me/scots")
    assert not to.exists()


# Lhotse leaves its files to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_lhotse_streams_the_shards(
    ws: Workspace, clips: dict[str, Clip], sounds: dict[str, Samples], to: Path
) -> None:
    have("lhotse", "REQUIRE_LHOTSE")
    from lhotse import CutSet

    ws.export("lhotse-shar", "scots@v1", to, part_bytes=1)
    found = 0
    for split in SPLITS:
        assert len(list((to / split).glob("recording.*.tar"))) == 2
        for cut in CutSet.from_shar(in_dir=str(to / split)):
            clip = clips[cut.id]
            (said,) = cut.supervisions
            assert (said.text, said.speaker, said.gender) == (clip.text, clip.speaker, clip.gender)
            assert (said.language, cut.num_samples) == (clip.language, clip.num_samples)
            custom = said.custom or {}
            assert custom.get("extra", {}) == dict(clip.extra)
            assert custom.get("licence") == clip.licence
            samples = cut.load_audio()[0] * 32768
            assert np.array_equal(samples.astype(np.int16), sounds[clip.clip_id])
            found += 1
    assert found == 6


def test_kaldi_tables_are_sorted_and_read_by_kaldiio(
    ws: Workspace, clips: dict[str, Clip], sounds: dict[str, Samples], to: Path
) -> None:
    have("kaldiio", "REQUIRE_DATASETS")
    import kaldiio

    report = ws.export("kaldi", "scots@v1", to)
    assert report.changed["with another name of the speaker, which Kaldi can sort by"] == 2
    assert {"extra", "licence", "snr_db", "age"} <= report.no_place.keys()
    for split in SPLITS:
        folder = to / split
        tables = {p.name: p.read_text().splitlines() for p in folder.iterdir() if p.is_file()}
        for lines in tables.values():
            assert lines == sorted(lines, key=lambda line: line.split()[0].encode())
        speakers = dict(line.split() for line in tables["utt2spk"])
        assert list(speakers.values()) == sorted(speakers.values())
        assert all(key.startswith(f"{name}-") for key, name in speakers.items())
        texts = dict(line.split(maxsplit=1) for line in tables["text"])
        for key, (rate, samples) in kaldiio.load_scp(str(folder / "wav.scp")).items():
            clip = clips[key.removeprefix(f"{speakers[key]}-")]
            assert rate == 8000
            assert np.array_equal(samples, sounds[clip.clip_id])
            assert texts[key] == " ".join((clip.text or "").split())
        assert all(line.endswith(" 0.250000") for line in tables["utt2dur"])
        assert ("utt2lang" in tables) == (split == "unsplit") == ("spk2gender" in tables)


def test_kaldi_sorts_speakers_whose_names_begin_alike(tmp_path: Path, to: Path) -> None:
    made = make_workspace(tmp_path / "w", sources=0)
    for number, speaker in enumerate(("a", "a-b", "a b", "A", "ä", None, "a.b", "a-")):
        add_source(made, f"{'zb'[number % 2]} {number}.wav", 2, speaker=speaker)
    made.publish(track=False)
    made.export("kaldi", "scots@v1", to)
    pairs = [line.split() for line in (to / "unsplit" / "utt2spk").read_text().splitlines()]
    assert len(pairs) == 16
    assert pairs == sorted(pairs, key=lambda pair: pair[0].encode())
    assert pairs == sorted(pairs, key=lambda pair: (pair[1].encode(), pair[0].encode()))
    assert len({speaker for _, speaker in pairs}) == 7 + 2
    grouped = [line.split() for line in (to / "unsplit" / "spk2utt").read_text().splitlines()]
    assert [[u, s] for s, *utterances in grouped for u in utterances] == pairs


def test_nemo_manifests_name_files_that_are_there(
    ws: Workspace, clips: dict[str, Clip], sounds: dict[str, Samples], to: Path
) -> None:
    report = ws.export("nemo", "scots@v1", to)
    assert sum("-sub" in why for why in report.changed) == 1
    for split in SPLITS:
        lines = json_lines(to / f"{split}_manifest.json")
        assert [line["id"] for line in lines] == [c.clip_id for c in of_split(clips, split)]
        for line in lines:
            clip = clips[line["id"]]
            assert "-sub" not in line["audio_filepath"]
            assert (line["duration"], line["offset"], line["sampling_rate"]) == (0.25, 0.0, 8000)
            assert np.array_equal(decoded(to / line["audio_filepath"]), sounds[clip.clip_id])
            assert line["text"] == " ".join((clip.text or "").split())
            assert line.get("lang") == clip.language


def test_nemo_tars_are_flat_and_each_line_says_where(
    ws: Workspace, sounds: dict[str, Samples], to: Path
) -> None:
    ws.export("nemo-tarred", "scots@v1", to, part_bytes=1)
    for split in SPLITS:
        lines = json_lines(to / split / "tarred_audio_manifest.json")
        assert [line["shard_id"] for line in lines] == [0, 1]
        for number, line in enumerate(lines):
            with tarfile.open(to / split / f"audio_{number}.tar") as tar:
                (member,) = tar.getmembers()
                file = tar.extractfile(member)
                assert file is not None
                assert member.name == line["audio_filepath"]
                assert np.array_equal(decoded(file.read()), sounds[line["id"]])
            assert json_lines(to / split / f"sharded_manifests/manifest_{number}.json") == [line]


def rows_of(path: Path, header: list[str] | None) -> list[list[str]]:
    rows = lines_of(path)
    if header is not None:
        assert rows.pop(0) == header
    return rows


FLAT = 'ä "line" , of Isla'


def test_lists_of_voices_have_as_many_columns_in_every_line(
    ws: Workspace, clips: dict[str, Clip], sounds: dict[str, Samples], tmp_path: Path
) -> None:
    wanted = {
        "ljspeech": [("metadata.csv", None, lambda c, t: [c.clip_id, t, t])],
        "piper": [("metadata.csv", None, lambda c, t: [c.clip_id, c.speaker, t])],
        "xtts": [
            (name, ["audio_file", "text", "speaker_name"], lambda c, t: [wav(c), t, c.speaker])
            for name in ("metadata_eval.csv", "metadata_train.csv")
        ],
        "f5": [
            (
                "metadata.csv",
                ["audio_file", "text"],
                lambda c, t: [f"{tmp_path}/f5/{wav(c)}", t],
            )
        ],
        "styletts": [
            (name, None, lambda c, t: [f"{c.clip_id}.wav", t, c.speaker])
            for name in ("val_list.txt", "train_list.txt")
        ],
    }
    for name, lists in wanted.items():
        to = tmp_path / name
        report = ws.export(name, "scots@v1", to)
        told = {
            "with line breaks or several spaces in the text: one space each": 2,
            "with | in the text: a comma each": 2,
        }
        if len(lists) > 1:
            (held_out, *_), (learnt, *_) = lists
            told[f"of the split test: in {held_out}, which does not tell so"] = 2
            told[f"without a split: in {learnt}, which does not tell so"] = 2
        assert report.changed == told
        rows = [(row, make) for file, head, make in lists for row in rows_of(to / file, head)]
        ordered = sorted(clips.values(), key=lambda c: (c.split or "unsplit", c.clip_id))
        assert [row for row, _ in rows] == [
            make(clip, FLAT if clip.text == HOSTILE else clip.text)
            for (_, make), clip in zip(rows, ordered, strict=True)
        ]
        for key, samples in sounds.items():
            assert np.array_equal(decoded(to / "wavs" / f"{key}.wav"), samples)


def wav(clip: Clip) -> str:
    return f"wavs/{clip.clip_id}.wav"


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # audformat's own words to pandas
def test_audformat_loads_tables_and_facts_of_speakers(
    ws: Workspace, clips: dict[str, Clip], sounds: dict[str, Samples], to: Path
) -> None:
    have("audformat", "REQUIRE_DATASETS")
    import audformat

    report = ws.export("audb", "scots@v1", to)
    assert report.no_place == {}
    database = audformat.Database.load(str(to))
    assert set(database.tables) == set(SPLITS)
    assert database.schemes["speaker"].labels["Isla M"] == {"gender": "female", "age": "30"}
    assert database["unsplit"].columns["text"].scheme_id == "text"
    for split in SPLITS:
        frame = database[split].df
        for file, row in frame.iterrows():
            clip = clips[row["clip_id"]]
            assert np.array_equal(decoded(to / str(file)), sounds[clip.clip_id])
            values = {name: None if row.isna()[name] else row[name] for name in frame.columns}
            facts = {"room": values.pop("room"), "mood": values.pop("mood")}
            facts["text"] = values.pop("extra_text")
            assert {k: v for k, v in facts.items() if v} == dict(clip.extra)
            assert values == {name: getattr(clip, name) for name in values}
            assert len(values) > 20


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # mlcroissant's to pandas
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # mlcroissant's to rdflib
def test_croissant_is_valid_and_its_records_are_the_clips(
    ws: Workspace, clips: dict[str, Clip], sounds: dict[str, Samples], to: Path
) -> None:
    have("mlcroissant", "REQUIRE_DATASETS")
    import mlcroissant

    ws.export("croissant", "scots@v1", to, sampling_rate=8000)
    dataset = mlcroissant.Dataset(str(to / "croissant.json"))
    told = json.loads((to / "croissant.json").read_text())
    assert told["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    assert told["rai:machineAnnotationTools"] == ["scribe@2"]
    assert {"voice", "gender", "age"} <= set(told["rai:personalSensitiveInformation"])
    for split in SPLITS:
        records = list(dataset.records(split))
        found = [record[f"{split}/clip_id"].decode() for record in records]
        assert found == [clip.clip_id for clip in of_split(clips, split)]
        for record, key in zip(records, found, strict=True):
            assert record[f"{split}/text"].decode() == clips[key].text


@pytest.mark.parametrize("audio", ["flac", "wav"])
def test_plain_files_and_their_table(
    audio: str, ws: Workspace, clips: dict[str, Clip], sounds: dict[str, Samples], tmp_path: Path
) -> None:
    ws.export("csv", "scots@v1", tmp_path / "csv", audio=audio)
    ws.export("jsonl", "scots@v1", tmp_path / "jsonl", audio=audio)
    found = 0
    for split in SPLITS:
        with (tmp_path / "csv" / split / "metadata.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        lines = json_lines(tmp_path / "jsonl" / split / "metadata.jsonl")
        for row, line in zip(rows, lines, strict=True):
            clip = clips[row["clip_id"]]
            assert row["file_name"] == line["file_name"] == f"{clip.clip_id}.{audio}"
            for folder in ("csv", "jsonl"):
                path = tmp_path / folder / split / row["file_name"]
                assert np.array_equal(decoded(path), sounds[clip.clip_id])
            assert (row["text"], row["room"]) == (clip.text, clip.extra.get("room", ""))
            assert line["extra"] == dict(clip.extra)
            others = line.keys() - {"file_name", "extra"}
            assert {name: line[name] for name in others} == {n: getattr(clip, n) for n in others}
            found += 1
    assert found == 6


def test_every_format_is_in_the_page_about_them() -> None:
    page = (Path(__file__).parents[2] / "docs" / "export.md").read_text(encoding="utf-8")
    for name in export_format_names():
        assert f"| `{name}` |" in page, name


def test_every_format_gives_the_same_bytes_again(ws: Workspace, tmp_path: Path) -> None:
    for name in export_format_names():
        for again in ("a", "b"):
            ws.export(name, "scots@v1", tmp_path / again)
            (tmp_path / again).rename(tmp_path / f"{name}-{again}")
        first, second = (bytes_of(tmp_path / f"{name}-{again}") for again in ("a", "b"))
        for key, data in first.items():  # two name the whole path of each file
            first[key] = data.replace(f"{tmp_path}/a/".encode(), f"{tmp_path}/b/".encode())
        assert first == second, name


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
