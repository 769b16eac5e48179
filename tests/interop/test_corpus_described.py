"""Corpora described beside their sounds: TextGrids, Emilia's JSON, tables of audformat."""

import io
import json
import os
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import audioset
from audioset.interop.importers.folders import files_by_stem
from audioset.interop.importers.keyed import sorted_pairs
from audioset.workspace import Workspace
from tests.interop.corpora import (
    RATE,
    noise_pcm,
    rows,
    samples,
    why,
    write_lines,
    write_pcm,
    write_tar,
)


def write_grid(
    path: Path, *, encoding: str = "utf-8", **tiers: list[tuple[float, float, str]]
) -> None:
    """Write a TextGrid in Praat's short form; `__` in the name of a tier stands for ` - `."""
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "0", "3", "<exists>"]
    lines.append(str(len(tiers)))
    for name, intervals in tiers.items():
        lines += ['"IntervalTier"', f'"{name.replace("__", " - ")}"', "0", "3"]
        lines.append(str(len(intervals)))
        for start, end, label in intervals:
            lines += [str(start), str(end), f'"{label}"']
    write_lines(path, *lines, encoding=encoding)


def test_textgrids(tmp_path: Path, ws: Workspace) -> None:
    root = tmp_path / "aligned"
    pcm = write_pcm(root / "talk.wav", noise_pcm(0, seconds=3))
    write_grid(
        root / "talk.TextGrid",
        encoding="utf-16",
        isla=[(0, 0.5, ""), (0.5, 1.5, "h\u00e9llo  there"), (1.5, 3, "sil")],
        bob=[(0, 1, 'a ""quote""'), (2, 4.5, "too long")],
        bob__phones=[(0, 1, "a")],
    )
    whole = write_pcm(root / "ada" / "one.flac", noise_pcm(1))
    words = [(0.0, 0.1, "one"), (0.1, 0.15, "<eps>"), (0.15, 0.25, "two")]
    write_grid(root / "ada" / "one.TextGrid", words=words, phones=words)
    write_pcm(root / "ada" / "two.wav", noise_pcm(2))
    write_grid(root / "ada" / "two.TextGrid", x__words=words, y__words=words)
    write_pcm(root / "ada" / "broken.wav", noise_pcm(3))
    (root / "ada" / "broken.TextGrid").write_text('File type = "ooTextFile"\n"TextGrid"\n0\n')
    write_pcm(root / "ada" / "alone.wav", noise_pcm(4))
    write_grid(root / "ada" / "silent.TextGrid", words=words)
    report = ws.import_corpus(root)
    assert (report.format, report.num_new, report.num_sources) == ("textgrid", 3, 1)
    problems = why(report)
    assert set(problems) == {
        "ada/alone.wav",
        "ada/broken",
        "ada/silent",
        "ada/two",
        "talk@bob@2.000-4.500",
    }
    assert "2 speakers" in problems["ada/two"]
    assert "breaks off" in problems["ada/broken"]
    found = rows(ws)
    clip = found["talk@isla@0.500-1.500"]
    assert (clip.text, clip.speaker, clip.extra["tier"]) == ("h\u00e9llo there", "isla", "isla")
    np.testing.assert_array_equal(samples(ws, clip), pcm[4000:12000])
    assert found["talk@bob@0.000-1.000"].text == 'a "quote"'
    clip = found["ada/one"]
    assert (clip.text, clip.speaker) == ("one two", "ada")
    np.testing.assert_array_equal(samples(ws, clip), whole)
    assert report.lost["phones"] >= 2
    assert ws.import_corpus(root).num_same == 3


def test_textgrids_apart_from_their_sounds(tmp_path: Path, ws: Workspace) -> None:
    root, sounds = tmp_path / "grids", tmp_path / "sounds"
    write_pcm(sounds / "ada" / "one.wav", noise_pcm(0))
    write_grid(root / "ada" / "one.TextGrid", utterances=[(0, 0.25, "one")])
    refused = ws.import_corpus(root, dry_run=True)
    assert "names the folder of sounds" in why(refused)["ada/one"]
    ws.import_corpus(root, audio=[sounds], speaker="ada b.")
    (clip,) = rows(ws).values()
    assert (clip.text, clip.speaker) == ("one", "ada b.")


def emilia(number: int, **values: Any) -> dict[str, Any]:
    name = f"DE_B00000_S00000_W00000{number}"
    said = {"id": name, "text": f" text {number}", "duration": 0.25, "dnsmos": 3.25}
    return {**said, "speaker": "DE_B00000_S00000", "language": "de", **values}


def test_emilia_in_tars(tmp_path: Path, ws: Workspace) -> None:
    file = io.BytesIO()
    soundfile.write(file, noise_pcm(0, seconds=1), RATE, format="MP3")
    mp3 = file.getvalue()
    first, second, third = (emilia(number) for number in range(3))
    write_tar(
        tmp_path / "Emilia" / "DE" / "DE-B000000.tar",
        {
            f"{first['id']}.json": json.dumps(first).encode(),
            f"{first['id']}.mp3": mp3,
            f"{second['id']}.json": json.dumps(second).encode(),
            f"{third['id']}.json": b"{",
            f"{third['id']}.mp3": mp3,
        },
    )
    report = ws.import_corpus(tmp_path / "Emilia")
    assert (report.format, report.num_new, report.num_left_out) == ("emilia", 1, 2)
    assert why(report)[second["id"]] == "has no sound beside its JSON"
    assert list(why(report, "length")) == [first["id"]]
    (clip,) = rows(ws).values()
    said = (clip.text, clip.speaker, clip.language, clip.text_source, clip.extra["dnsmos"])
    assert said == ("text 0", "DE_B00000_S00000", "de", "model:emilia-pipe@unknown", "3.25")


def test_emilia_in_folders(tmp_path: Path, ws: Workspace) -> None:
    root = tmp_path / "EN"
    beside, listed = emilia(0), emilia(1, wav="B0/mp3/1.mp3")
    write_pcm(root / "B1" / f"{beside['id']}.mp3", noise_pcm(0), form="WAV")
    write_lines(root / "B1" / f"{beside['id']}.json", json.dumps(beside))
    write_pcm(root / "B0" / "mp3" / "1.mp3", noise_pcm(1), form="WAV")
    missing, leading_out = emilia(2, wav="B0/mp3/2.mp3"), emilia(3, wav="../../etc/passwd")
    lines = [json.dumps(each) for each in (listed, missing, leading_out)]
    write_lines(root / "B0.jsonl", *lines, "no JSON")
    report = ws.import_corpus(root)
    assert (report.format, report.num_new, report.num_left_out) == ("emilia", 2, 3)
    assert set(why(report)) == {missing["id"], leading_out["id"], "line 4"}
    found = rows(ws)
    np.testing.assert_array_equal(samples(ws, found[beside["id"]]), noise_pcm(0))
    np.testing.assert_array_equal(samples(ws, found[listed["id"]]), noise_pcm(1))


@pytest.mark.parametrize("storage", ["csv", "parquet"])
def test_audb(tmp_path: Path, ws: Workspace, storage: str) -> None:
    audformat = pytest.importorskip("audformat", reason="pip install 'audioset[test]'")
    root = tmp_path / "db"
    first = write_pcm(root / "audio" / "a.wav", noise_pcm(0, seconds=2))
    second = write_pcm(root / "audio" / "b.wav", noise_pcm(1))
    database = audformat.Database("talks", usage="research", languages=["deu"], license="CC-BY-4.0")
    people = {"s1": {"gender": "female", "age": 31}, "s2": {"gender": "male"}}
    database.schemes["speaker"] = audformat.Scheme("str", labels=people)
    for name in ("transcription", "mood"):
        database.schemes[name] = audformat.Scheme("str")
    database.raters["bot"] = audformat.Rater("machine")
    database.splits["eval"] = audformat.Split("test")
    names = ["audio/a.wav", "audio/b.wav", "audio/c.wav"]
    files = audformat.Table(audformat.filewise_index(names), split_id="eval")
    database["files"] = files
    files["speaker"] = audformat.Column(scheme_id="speaker")
    files["speaker"].set(["s1", "s2", "s1"])
    files["transcription"] = audformat.Column(scheme_id="transcription")
    files["transcription"].set(["all of a", "all of b", None])
    index = audformat.segmented_index([names[0]] * 3, ["0s", "0.5s", "1.25s"], ["0.5s", "1s", None])
    segments = audformat.Table(index)
    database["segments"] = segments
    segments["transcription"] = audformat.Column(scheme_id="transcription", rater_id="bot")
    segments["transcription"].set(["one", "two", None])
    database.save(root, storage_format=storage)
    header = root / "db.yaml"
    header.write_text(header.read_text() + "misc_tables:\n  ../gone: {columns: {}}\n")
    report = ws.import_corpus(root)
    assert (report.format, report.num_new) == ("audb", 4)
    assert set(why(report)) == {"audio/c.wav", "table ../gone"}
    found = rows(ws)
    clip = found["audio/a.wav@0.5-1"]
    said = (clip.text, clip.text_source, clip.speaker, clip.gender, clip.age, clip.split)
    assert said == ("two", "model:bot@unknown", "s1", "female", "31", "test")
    assert (clip.language, clip.licence, clip.extra["usage"]) == ("de", "CC-BY-4.0", "research")
    np.testing.assert_array_equal(samples(ws, clip), first[4000:8000])
    last = found["audio/a.wav@1.25-"]
    assert (last.text, last.extra["text_of_file"]) == (None, "all of a")
    np.testing.assert_array_equal(samples(ws, last), first[10000:])
    whole = found["audio/b.wav"]
    assert (whole.text, whole.text_source, whole.gender) == ("all of b", "human", "male")
    np.testing.assert_array_equal(samples(ws, whole), second)
    assert ws.import_corpus(root).num_same == 4


def test_audb_with_bad_rows_and_a_table_of_speakers(tmp_path: Path, ws: Workspace) -> None:
    root = tmp_path / "db"
    write_pcm(root / "a.wav", noise_pcm(0, seconds=1))
    write_lines(
        root / "db.yaml",
        "name: x",
        "schemes: {speaker: {dtype: str, labels: people}}",
        "tables: {s: {type: segmented, columns: {speaker: {scheme_id: speaker}}}, gone: {}}",
        "misc_tables: {people: {levels: {speaker: str}, columns: {gender: {}}}}",
    )
    write_lines(
        root / "db.s.csv",
        "file,start,end,speaker,text",
        "a.wav,0 days 00:00:00,0 days 00:00:00.500000,s1,one",
        "a.wav,0 days 00:00:00,0 days 00:00:00.500000,s1,twice",
        "a.wav,yesterday,0.5,s1,two",
        ",0,0.5,s1,three",
        "../a.wav,0,0.5,s1,four",
    )
    write_lines(root / "db.people.csv", "speaker,gender", "s1,female")
    report = ws.import_corpus(root)
    assert report.num_new == 1
    assert set(why(report)) == {
        "a.wav",
        "db.s.csv",
        "db.s.csv, row 4",
        "../a.wav@0-0.5",
        "table gone",
    }
    (clip,) = rows(ws).values()
    assert (clip.text, clip.speaker, clip.gender) == ("one", "s1", "female")


def test_a_header_that_is_none(tmp_path: Path, ws: Workspace) -> None:
    write_lines(tmp_path / "db" / "db.yaml", "!!python/object/apply:os.system ['true']")
    write_lines(tmp_path / "db" / "db.x.csv", "file")
    with pytest.raises(audioset.InvalidInputError, match=r"db\.yaml cannot be read"):
        ws.import_corpus(tmp_path / "db")


def test_files_of_one_name_are_read_once_and_told(tmp_path: Path, ws: Workspace) -> None:
    root = tmp_path / "aligned"
    pcm = write_pcm(root / "talk.flac", noise_pcm(0))
    write_pcm(root / "talk.wav", noise_pcm(1))
    write_pcm(root / "alone.wav", noise_pcm(2))
    words = [(0.0, 0.25, "one")]
    write_grid(root / "talk.TextGrid", words=words)
    write_grid(root / "talk.textgrid", words=words)
    report = ws.import_corpus(root)
    assert (report.format, report.num_new) == ("textgrid", 1)
    assert why(report) == {
        "talk.textgrid": "has the name of talk.TextGrid, which was read",
        "talk.wav": "has the name of talk.flac, which was read",
        "alone.wav": "has no TextGrid beside it",
    }
    np.testing.assert_array_equal(samples(ws, rows(ws)["talk"]), pcm)


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    for each in ("2.json", "1.mp3", "1.jsonl", ".2.json", "2.txt", "1.json"):
        (tmp_path / each).touch()
    (tmp_path / "3.mp3").mkdir()
    odd = os.fsdecode(b"\xff\xfe.json")  # as old archives of others unpack
    (tmp_path / odd).touch()
    groups = files_by_stem(tmp_path, {".json", ".jsonl", ".mp3"})
    assert [(stem, [file.name for file in files]) for stem, files in groups] == [
        ("1", ["1.json", "1.jsonl", "1.mp3"]),
        ("2", ["2.json"]),
        (odd[:-5], [odd]),
    ]


def test_what_is_sorted_is_not_held_once_it_is_much() -> None:
    number = 30_000
    pairs = ((b"%09d" % (7919 * n % number), b"name of a file %d" % n) for n in range(number))
    tracemalloc.start()
    try:
        found = sorted_pairs(pairs)
        keys = [next(found)[0] for _ in range(3)]
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert keys == [b"000000000", b"000000001", b"000000002"]
    assert peak_bytes < 1_000_000  # all of them would be 5 MB
    assert [int(key) for key, _ in found] == list(range(3, number))
