"""Each format of corpora: a small corpus as its project lays it out, with its usual dirt."""

import base64
import gzip
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import audioset
from audioset.errors import InvalidInputError
from audioset.interop.importers.formats import TABLE
from audioset.workspace import Workspace
from tests.interop.corpora import (
    RATE,
    encoded,
    noise_pcm,
    rows,
    samples,
    why,
    write_lines,
    write_pcm,
    write_tar,
)


def write_json_gz(path: Path, *values: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, values)).encode()))
    return path


def test_common_voice(tmp_path: Path, ws: Workspace) -> None:
    folder = tmp_path / "cv-corpus-17.0" / "en"
    for number in range(6):
        # Names are all that the layout knows of: an old release says mp3, and so do we.
        write_pcm(folder / "clips" / f"common_voice_en_{number}.mp3", noise_pcm(number), form="WAV")
    head = "client_id\tpath\tsentence_id\tsentence\tup_votes\tage\tgender\taccents\tlocale"
    name = "common_voice_en_{}.mp3"

    def line(number: int, sentence: str, gender: str = "") -> str:
        said = (f"aa{number % 2}", name.format(number), f"s{number}", sentence, "2", "twenties")
        return "\t".join([*said, gender, "Scottish English", "en"])

    write_lines(
        folder / "train.tsv",
        head,
        line(0, '"Hello he said', "male_masculine"),
        line(1, '"He said ""no"" twice"', "female_feminine"),
        line(9, "not there"),
        "aa\tshort",
        f"{line(2, 'too')}\tmany\tcells",
    )
    write_lines(folder / "dev.tsv", head, line(2, " caf\u00e9 ", "do_not_wish_to_say"))
    write_lines(
        folder / "validated.tsv", head, line(0, '"Hello he said'), line(3, "more\u2028signs")
    )
    write_lines(folder / "invalidated.tsv", head, line(4, "bad"))
    write_lines(
        folder / "clip_durations.tsv",
        "clip\tduration[ms]",
        f"{name.format(0)}\t250",
        f"{name.format(1)}\t4000",
    )
    report = ws.import_corpus(folder.parent)
    assert (report.format, report.num_new, report.num_left_out) == ("common-voice", 5, 3)
    found = {key.partition(".")[0][-1]: clip for key, clip in rows(ws).items()}
    assert {key: (clip.text, clip.split, clip.accepted) for key, clip in found.items()} == {
        "0": ('"Hello he said', "train", None),
        "1": ('He said "no" twice', "train", None),
        "2": ("caf\u00e9", "validation", None),
        "3": ("more\u2028signs", None, None),
        "4": ("bad", None, False),
    }
    clip = found["0"]
    said = (clip.speaker, clip.gender, clip.age, clip.accent, clip.language, clip.licence)
    assert said == ("aa0", "male", "twenties", "Scottish English", "en", "CC0-1.0")
    assert clip.extra["gender_given"] == "male_masculine"
    assert (clip.extra["up_votes"], clip.extra["table"]) == ("2", "train")
    assert found["2"].gender is None
    assert list(why(report, "length")) == [name.format(1)]
    for number in range(5):
        np.testing.assert_array_equal(samples(ws, found[str(number)]), noise_pcm(number))
    assert ws.import_corpus(folder.parent).num_same == 5


def test_librispeech(tmp_path: Path, ws: Workspace) -> None:
    root = tmp_path / "LibriSpeech"
    chapter = root / "dev-clean" / "19" / "198"
    for number in range(3):
        write_pcm(chapter / f"19-198-000{number}.flac", noise_pcm(number))
    write_lines(
        chapter / "19-198.trans.txt",
        "19-198-0000 ONE TWO",
        "19-198-0001 THREE",
        "19-198-0009 NONE",
        "19-198-0001 TWICE",
    )
    write_lines(
        root / "SPEAKERS.TXT",
        ";ID |SEX|SUBSET|MINUTES|NAME",
        "19  | F | dev-clean | 8.0 | Kara | Shall|enberg",
    )
    write_lines(
        root / "CHAPTERS.TXT",
        ";ID |READER",
        "198 | 19 | 20.1 | dev-clean | 1 | 121 | Chapter 1 | Northanger Abbey",
    )
    report = ws.import_corpus(root)
    assert (report.format, report.num_new, report.num_left_out) == ("librispeech", 3, 2)
    assert why(report)["19-198-0009"] == "19-198-0009.flac is not there"
    found = rows(ws)
    assert [clip.text for clip in found.values()] == ["ONE TWO", "THREE", None]
    clip = found["19-198-0000"]
    said = (clip.speaker, clip.gender, clip.language, clip.licence, clip.split)
    assert said == ("LibriSpeech-19", "female", "en", "CC-BY-4.0", "validation")
    assert (clip.extra["book"], clip.extra["split_given"]) == ("Northanger Abbey", "dev-clean")
    np.testing.assert_array_equal(samples(ws, clip), noise_pcm(0))


def test_kaldi_directories_run_nothing(tmp_path: Path, ws: Workspace) -> None:
    folder, sounds = tmp_path / "data", tmp_path / "data" / "wav"
    pcm = write_pcm(sounds / "rec1.wav", noise_pcm(1, seconds=3))
    two = write_pcm(sounds / "rec2.wav", noise_pcm(2, seconds=1, channels=2))
    packed = write_pcm(sounds / "rec3.flac", noise_pcm(3, seconds=1))
    proof = tmp_path / "ran"
    write_lines(
        folder / "wav.scp",
        "rec1 wav/rec1.wav",
        "rec2\twav/rec2.wav",
        "rec3 flac -c -d -s wav/rec3.flac |",
        f"rec4 touch {proof}; cat wav/rec1.wav |",
        f"rec5 flac -c -d -s $(touch {proof}).flac |",
        "rec6 /etc/passwd",
    )
    write_lines(
        folder / "segments",
        "ada-1 rec1 0.5 1.5",
        "ada-2 rec1 2 -1",
        "bob-1 rec2 0.25 0.75 B",
        "bob-2 rec3 0 0.5",
        "bob-3 rec4 0 0.5",
        "bob-4 rec5 0 0.5",
        "bob-5 rec6 0 0.5",
        "bob-6 rec7 0 0.5",
        "bob-7 rec1 a b",
    )
    write_lines(
        folder / "text", "ada-1 g\u00fcten Morgen", "ada-2 two", "ada-2 again", encoding="cp1252"
    )
    write_lines(folder / "utt2spk", "ada-1 ada", "ada-2 ada", "bob-1 bob", "bob-2 7")
    write_lines(folder / "spk2gender", "ada f", "bob m")
    write_lines(folder / "utt2lang", "ada-1 german")
    report = ws.import_corpus(folder)
    assert (report.format, report.num_new, report.num_sources) == ("kaldi", 4, 3)
    assert not proof.exists()
    assert {
        name: text.split("(")[0].split(";")[0].strip() for name, text in why(report).items()
    } == {
        "bob-3": "is a command, and none is run",
        "bob-4": "is a command, and none is run",
        "bob-5": "lies outside of the corpus",
        "bob-6": "wav.scp has no recording rec7",
        "bob-7": "is no line of id, recording, start and end",
    }
    found = rows(ws)
    clip = found["ada-1"]
    assert (clip.text, clip.speaker, clip.gender, clip.language) == (
        "g\u00fcten Morgen",
        "ada",
        "female",
        "de",
    )
    np.testing.assert_array_equal(samples(ws, clip), pcm[4000:12000])
    assert found["ada-2"].text == "two"
    np.testing.assert_array_equal(samples(ws, found["ada-2"]), pcm[16000:])
    assert (found["bob-1"].channel, found["bob-1"].text) == (2, None)
    np.testing.assert_array_equal(samples(ws, found["bob-1"]), two[2000:6000, 1])
    assert found["bob-2"].speaker == "data-7"
    np.testing.assert_array_equal(samples(ws, found["bob-2"]), packed[:4000])
    assert any("stand twice in text" in note for note in report.notes)
    assert ws.import_corpus(folder).num_same == 4


def test_kaldi_archives_of_plain_wavs(tmp_path: Path, ws: Workspace) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    first, second = (encoded(noise_pcm(number), "WAV") for number in range(2))
    archive = b"utt1 " + first + b"utt2 " + second + b"utt3 \0BCM features"
    (folder / "raw.1.ark").write_bytes(archive)
    places = [5, 5 + len(first) + 5, 5 + len(first) + 5 + len(second) + 5]
    lines = [f"utt{number} raw.1.ark:{place}" for number, place in enumerate(places, 1)]
    write_lines(folder / "wav.scp", *lines)
    write_lines(folder / "utt2dur", "utt1 0.25", "utt2 9")
    report = ws.import_corpus(folder)
    assert (report.num_new, why(report)) == (
        2,
        {"utt3": "is no WAV inside of raw.1.ark; unpack it with Kaldi"},
    )
    assert list(why(report, "length")) == ["utt2"]
    for number in range(2):
        clip = rows(ws)[f"utt{number + 1}"]
        np.testing.assert_array_equal(samples(ws, clip), noise_pcm(number))


def test_audiofolder(tmp_path: Path, ws: Workspace) -> None:
    folder = tmp_path / "folder"
    for split, number in (("train", 0), ("train", 1), ("train", 2), ("test", 3)):
        write_pcm(folder / "data" / split / f"{number}.wav", noise_pcm(number))
    write_lines(
        folder / "data" / "train" / "metadata.csv",
        "file_name,transcription,speaker_id,note",
        '0.wav,"one, ""two""",12,',
        '1.wav,"a quote that nobody closes,12,x',
        '2.wav,three,13,"of two',
        'lines"',
        "9.wav,none,,",
    )
    write_lines(
        folder / "data" / "test" / "metadata.jsonl",
        '{"file_name": "3.wav", "text": "four", "duration": 7, "tags": ["a", 1], "x": null}',
        "nothing",
    )
    report = ws.import_corpus(folder)
    assert (report.format, report.num_new, report.num_left_out) == ("audiofolder", 3, 3)
    assert "quote" in why(report)["1.wav"]
    found = rows(ws)
    first, second = found["data/train/0.wav"], found["data/train/2.wav"]
    assert (first.text, first.speaker, first.split) == ('one, "two"', "folder-12", "train")
    assert (second.text, second.extra["note"]) == ("three", "of two lines")
    last = found["data/test/3.wav"]
    assert (last.text, last.split, last.extra["tags"]) == ("four", "test", '["a", 1]')
    assert "x" not in last.extra
    assert list(why(report, "length")) == ["data/test/3.wav"]
    np.testing.assert_array_equal(samples(ws, last), noise_pcm(3))


def test_audiofolder_with_its_table_as_parquet(tmp_path: Path, ws: Workspace) -> None:
    folder = tmp_path / "folder"
    for number in range(3):
        write_pcm(folder / "tier1" / "test" / "audio" / f"{number}.wav", noise_pcm(number))
    table = {
        "image_file_name": ["0.png", None, None, None],
        "audio_file_name": ["audio/0.wav", "audio/1.wav", "audio/9.wav", None],
        "text": ["one", "two", "none", ""],
        "speaker_id": [3, 4, 5, 6],
        "words": [["a", "b"], [], [], []],
    }
    pq.write_table(pa.table(table), folder / "tier1" / "test" / "metadata.parquet")
    (folder / "tier2").mkdir()
    (folder / "tier2" / "metadata.parquet").write_bytes(b"PAR1 broken")
    report = ws.import_corpus(folder)
    assert (report.format, report.num_new, report.num_left_out) == ("audiofolder", 2, 3)
    assert set(why(report)) == {
        "audio/9.wav",
        "metadata.parquet, row 3",
        "tier2/metadata.parquet",
    }
    assert any("audio_file_name is read as the sound" in note for note in report.notes)
    found = rows(ws)
    clip = found["tier1/test/audio/0.wav"]
    said = (clip.text, clip.speaker, clip.split, clip.extra["image_file_name"])
    assert said == ("one", "folder-3", "test", "0.png")
    assert clip.extra["words"] == '["a", "b"]'
    np.testing.assert_array_equal(samples(ws, found["tier1/test/audio/1.wav"]), noise_pcm(1))
    assert ws.import_corpus(folder).num_same == 2


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_audiofolder_whose_column_names_what_the_file_is(
    ending: str, tmp_path: Path, ws: Workspace
) -> None:
    folder = tmp_path / "folder"
    write_pcm(folder / "a.wav", noise_pcm(0))
    lines = {
        "csv": ["text,speech_file_name", "one,a.wav", "two,b.wav"],
        "jsonl": [
            '{"text": "one", "speech_file_name": "a.wav"}',
            '{"text": "two", "speech_file_name": "b.wav"}',
        ],
    }
    write_lines(folder / f"metadata.{ending}", *lines[ending])
    report = ws.import_corpus(folder)
    assert (report.format, report.num_new, list(why(report))) == ("audiofolder", 1, ["b.wav"])
    assert rows(ws)["a.wav"].text == "one"


def write_parquet(path: Path, sounds: list[Any], **columns: list[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    info = {"info": {"features": {"sex": {"names": ["m", "f"], "_type": "ClassLabel"}}}}
    table = pa.table({"audio": pa.array(sounds, kind), **columns})
    pq.write_table(table.replace_schema_metadata({"huggingface": json.dumps(info)}), path)
    return path


def test_parquet_of_hugging_face(tmp_path: Path, ws: Workspace) -> None:
    folder = tmp_path / "set"
    sounds: list[Any] = [
        {"bytes": encoded(noise_pcm(number)), "path": f"../../{number}.flac"} for number in range(2)
    ]
    write_parquet(
        folder / "data" / "train-00000-of-00001.parquet",
        [*sounds, {"bytes": b"no sound", "path": "bad.flac"}, None],
        text=["one", "two", "x", "y"],
        sex=[1, 0, None, 0],
        speaker_id=[3, 4, 5, 6],
        vector=[[0.1] * 900, [], [], []],
        stamp=[b"raw", None, None, None],
    )
    third = {"bytes": encoded(noise_pcm(2), "WAV"), "path": "2.wav"}
    write_parquet(folder / "data" / "test-00000-of-00001.parquet", [third], text=["three"])
    (folder / "data" / "validation-00000-of-00001.parquet").write_bytes(b"PAR1 broken")
    report = ws.import_corpus(folder)
    assert (report.format, report.num_new) == ("huggingface", 3)
    # Not all sounds have a name, so that rows are known by their place.
    start = "data/train-00000-of-00001.parquet"
    damaged = "validation-00000-of-00001.parquet"
    assert set(why(report)) == {f"{start}#2", f"{start}#3", damaged}
    found = rows(ws)
    first = found[f"{start}#0"]
    said = (first.text, first.gender, first.speaker, first.split, first.source_name)
    assert said == ("one", "female", "set-3", "train", "0.flac")
    assert found["data/test-00000-of-00001.parquet#0"].split == "test"
    assert report.lost == {"vector": 1, "stamp": 1}
    for number, clip in enumerate((first, found[f"{start}#1"])):
        np.testing.assert_array_equal(samples(ws, clip), noise_pcm(number))
    assert ws.import_corpus(folder).num_same == 3


def test_webdataset(tmp_path: Path, ws: Workspace) -> None:
    folder = tmp_path / "tars"
    write_tar(
        folder / "train-000000.tar",
        {
            "a/0001.flac": encoded(noise_pcm(0)),
            "a/0001.txt": "caf\u00e9".encode("cp1252"),
            "a/0001.json": json.dumps({"speaker": 7, "snr": None, "duration": 3}).encode(),
            "0002.wav": encoded(noise_pcm(1), "WAV"),
            "0002.json": json.dumps({"text": "two", "lang": "eng", "words": [1]}).encode(),
            "0002.npy": b"features",
            "0003.txt": b"no sound",
            "0004.left.wav": encoded(noise_pcm(2), "WAV"),
            "0004.right.wav": encoded(noise_pcm(3), "WAV"),
            "../../0005.wav": encoded(noise_pcm(4), "WAV"),
            "0006.wav": b"no sound",
        },
    )
    write_tar(folder / "test-000000.tar", {"0002.wav": encoded(noise_pcm(5), "WAV")})
    whole = (folder / "test-000000.tar").read_bytes()
    (folder / "valid-000000.tar").write_bytes(whole[:700])
    report = ws.import_corpus(folder)
    assert (report.format, report.num_new) == ("webdataset", 4)
    problems = why(report)
    assert problems["0003"] == "has no sound"
    assert problems["0004"] == "has several sounds (left.wav, right.wav)"
    assert set(problems) >= {"0006", "valid-000000/0002"}
    found = rows(ws)
    first = found["a/0001"]
    assert (first.text, first.speaker, first.split) == ("caf\u00e9", "tars-7", "train")
    assert "snr" not in first.extra
    assert list(why(report, "length")) == ["a/0001"]
    assert sorted(found) == ["../../0005", "0002", "a/0001", "train-000000/0002"]
    assert found["train-000000/0002"].language == "en"
    assert report.lost == {"npy": 1}
    np.testing.assert_array_equal(samples(ws, found["0002"]), noise_pcm(5))
    np.testing.assert_array_equal(samples(ws, first), noise_pcm(0))
    assert not (tmp_path / "0005.wav").exists()
    assert not (tmp_path.parent / "0005.wav").exists()
    with pytest.raises(InvalidInputError, match="none of the formats"):
        ws.import_corpus(folder / "valid-000000.tar")


def cut(
    name: str, start: float, duration: float, sources: list[Any], **more: Any
) -> dict[str, Any]:
    full = more.pop("full", 2.0)
    channels = more.pop("channels", [0])
    recording = {
        "id": f"rec-{name}",
        "sources": sources,
        "sampling_rate": RATE,
        "num_samples": round(full * RATE),
        "duration": full,
        "channel_ids": channels,
    }
    values = {"id": name, "start": start, "duration": duration, "channel": 0, "type": "MonoCut"}
    return {**values, "recording": {**recording, **more.pop("recording", {})}, **more}


def supervision(name: str, start: float, duration: float, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "recording_id": "r",
        "start": start,
        "duration": duration,
        "channel": 0,
        **more,
    }


def test_cuts_of_lhotse(tmp_path: Path, ws: Workspace) -> None:
    folder = tmp_path / "cuts"
    pcm = write_pcm(folder / "a.wav", noise_pcm(1, seconds=2))
    both = write_pcm(folder / "st.wav", noise_pcm(2, seconds=2, channels=2))
    file = [{"type": "file", "channels": [0], "source": "a.wav"}]
    stereo = [{"type": "file", "channels": [0, 1], "source": "st.wav"}]
    memory = [
        {
            "type": "memory",
            "channels": [0],
            "source": base64.b64encode(encoded(noise_pcm(3), "WAV")).decode(),
        }
    ]
    run = [{"type": "command", "channels": [0], "source": f"touch {tmp_path}/ran; cat a.wav"}]
    text = {
        "text": "one",
        "speaker": "12",
        "gender": "F",
        "language": "English",
        "custom": {"mood": "calm"},
    }
    write_json_gz(
        folder / "cuts_train.jsonl.gz",
        cut(
            "whole",
            0,
            2.0,
            file,
            supervisions=[supervision("s0", 0, 2.0, **text, alignment={"word": [1]})],
        ),
        cut(
            "part",
            0.5,
            1.0,
            file,
            supervisions=[supervision("s1", 0, 0.25), supervision("s2", 0.5, 0.5, text="b")],
        ),
        cut("right", 0, 2.0, stereo, channels=[0, 1], channel=1),
        cut("held", 0, 0.25, memory, full=0.25, features={"type": "fbank"}),
        cut("ran", 0, 2.0, run),
        cut("fast", 0, 2.0, file, recording={"transforms": [{"name": "Speed"}]}),
        {"id": "mixed", "type": "MixedCut", "tracks": []},
        cut("url", 0, 2.0, [{"type": "url", "channels": [0], "source": "https://example.org/a"}]),
    )
    report = ws.import_corpus(folder)
    assert (report.format, report.num_new, report.num_left_out) == ("lhotse", 5, 4)
    assert not (tmp_path / "ran").exists()
    assert list(why(report)) == ["ran", "fast", "mixed", "url"]
    found = rows(ws)
    whole = found["whole"]
    said = (whole.text, whole.speaker, whole.gender, whole.language, whole.split)
    assert said == ("one", "cuts-12", "female", "en", "train")
    assert (whole.extra["mood"], whole.extra["recording_id"]) == ("calm", "rec-whole")
    np.testing.assert_array_equal(samples(ws, whole), pcm)
    np.testing.assert_array_equal(samples(ws, found["s1"]), pcm[4000:6000])
    np.testing.assert_array_equal(samples(ws, found["s2"]), pcm[8000:12000])
    np.testing.assert_array_equal(samples(ws, found["right"]), both[:, 1])
    np.testing.assert_array_equal(samples(ws, found["held"]), noise_pcm(3))
    assert report.lost == {"alignment": 1, "features": 1}


def recording(name: str, source: str, seconds: float, channels: int = 1) -> dict[str, Any]:
    numbers = list(range(channels))
    return {
        "id": name,
        "sources": [{"type": "file", "channels": numbers, "source": source}],
        "sampling_rate": RATE,
        "num_samples": round(seconds * RATE),
        "duration": seconds,
        "channel_ids": numbers,
    }


def test_recordings_and_supervisions_of_lhotse(tmp_path: Path, ws: Workspace) -> None:
    folder = tmp_path / "manifests"
    pcm = write_pcm(folder / "wav" / "talk.wav", noise_pcm(1, seconds=2))
    both = write_pcm(folder / "wav" / "st.wav", noise_pcm(2, seconds=1, channels=2))
    whole = write_pcm(folder / "wav" / "one.flac", noise_pcm(3))
    silent = write_pcm(folder / "wav" / "silent.wav", noise_pcm(4))
    write_json_gz(
        folder / "talks_recordings_dev-clean.jsonl.gz",
        recording("talk", "wav/talk.wav", 2.0),
        recording("st", "wav/st.wav", 1.0, 2),
        recording("one", "wav/one.flac", 0.25),
        recording("one", "wav/talk.wav", 2.0),
        recording("silent", "wav/silent.wav", 9.0),
        {"sources": []},
    )
    said = {"speaker": "12", "gender": "F", "language": "English", "custom": {"mood": "calm"}}
    write_json_gz(
        folder / "talks_supervisions_dev-clean.jsonl.gz",
        {**supervision("t1", 0.5, 1.0, text="first", **said), "recording_id": "talk"},
        {**supervision("t2", 1.5, 0.5, text="second"), "recording_id": "talk"},
        {**supervision("s1", 0, 0.5, text="right"), "recording_id": "st", "channel": [1]},
        {**supervision("o1", 0, 0.25, text="all"), "recording_id": "one"},
        {**supervision("x1", 0, 1, text="lost"), "recording_id": "nowhere"},
        {"id": "x2", "recording_id": "talk"},
        {**supervision("x3", 1.5, 4.0, text="too long"), "recording_id": "talk"},
        ["no object"],
    )
    report = ws.import_corpus(folder)
    assert (report.format, report.num_new, report.num_left_out) == ("lhotse", 5, 5)
    problems = why(report)
    recordings = "talks_recordings_dev-clean.jsonl.gz"
    assert problems["x1"] == f"its recording nowhere is not in {recordings}"
    assert problems["x2"] == "has no start or no duration"
    assert {"x3", f"{recordings}, line 6", "line 8"} <= set(problems)
    assert any("ids stand twice" in note for note in report.notes)
    assert list(why(report, "length")) == ["silent"]
    found = rows(ws)
    clip = found["t1"]
    told = (clip.text, clip.speaker, clip.gender, clip.language, clip.split, clip.extra["mood"])
    assert told == ("first", "manifests-12", "female", "en", "validation", "calm")
    assert clip.extra["recording_id"] == "talk"
    np.testing.assert_array_equal(samples(ws, clip), pcm[4000:12000])
    np.testing.assert_array_equal(samples(ws, found["t2"]), pcm[12000:])
    np.testing.assert_array_equal(samples(ws, found["s1"]), both[:4000, 1])
    assert found["o1"].text == "all"
    np.testing.assert_array_equal(samples(ws, found["o1"]), whole)
    assert found["silent"].text is None
    np.testing.assert_array_equal(samples(ws, found["silent"]), silent)
    again = ws.import_corpus(folder / "talks_supervisions_dev-clean.jsonl.gz", corpus="manifests")
    assert (again.num_new, again.num_same) == (0, 5)


def test_recordings_of_lhotse_alone(tmp_path: Path, ws: Workspace) -> None:
    folder = tmp_path / "manifests"
    write_pcm(folder / "a.wav", noise_pcm(0))
    write_lines(folder / "recordings.jsonl", json.dumps(recording("a", "a.wav", 0.25)))
    report = ws.import_corpus(folder)
    assert (report.format, report.num_new) == ("lhotse", 1)
    assert any("without texts" in note for note in report.notes)


def test_shar_of_lhotse(tmp_path: Path, ws: Workspace) -> None:
    folder = tmp_path / "shar"
    shar = [{"type": "shar", "channels": [0], "source": ""}]
    whole = {"full": 0.25}
    for shard in range(2):
        names = [f"c.{shard}.{number}" for number in range(2)]
        write_json_gz(
            folder / f"cuts.{shard:06d}.jsonl.gz",
            *(
                cut(
                    name,
                    0,
                    0.25,
                    shar,
                    **whole,
                    supervisions=[supervision(name, 0, 0.25, text=name)],
                )
                for name in names
            ),
            *([cut("lost", 0, 0.25, shar, **whole)] if shard else []),
        )
        members = {
            f"{name}.flac": encoded(noise_pcm(10 * shard + number))
            for number, name in enumerate(names)
        }
        write_tar(folder / f"recording.{shard:06d}.tar", members)
    damaged = folder / "cuts.000002.jsonl.gz"
    whole_file = write_json_gz(damaged, *(cut(f"d{n}", 0, 0.25, shar, **whole) for n in range(50)))
    damaged.write_bytes(whole_file.read_bytes()[:-40])
    (folder / "cuts.000003.jsonl.gz").write_bytes((folder / "cuts.000000.jsonl.gz").read_bytes())
    report = ws.import_corpus(folder)
    assert (report.format, report.num_new) == ("lhotse", 4)
    assert why(report)["lost"] == "its recording is not in the tar of the same number"
    assert "cannot be read" in why(report)["cuts.000002.jsonl.gz"]
    assert {"c.0.0", "c.0.1"} <= set(why(report)), "the file behind the damaged one was read"
    found = rows(ws)
    assert found["c.1.1"].text == "c.1.1"
    np.testing.assert_array_equal(samples(ws, found["c.1.1"]), noise_pcm(11))


# Keys of corpora that the document names, and no module needs to.
SAID_BY_CORPORA = {"sentence_id", "variant", "pred_text"}
PAGE = Path(__file__).parents[2] / "docs" / "import.md"
COLUMNS = [
    "format",
    "looks like",
    "text",
    "speaker and facts",
    "split",
    "lost, or in `extra`",
    "told",
]


def table_of_the_document() -> dict[str, dict[str, str]]:
    """Read the table of formats, by format."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    found = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    assert found[0] == COLUMNS
    return {cells[0].strip("`"): dict(zip(COLUMNS, cells, strict=True)) for cells in found[2:]}


def test_the_document_has_a_row_of_each_format_and_no_other() -> None:
    table = table_of_the_document()
    assert list(table) == sorted(TABLE)
    assert all(cell for row in table.values() for cell in row.values())


@pytest.mark.parametrize("name", TABLE)
def test_what_the_document_says_is_what_is_told(name: str) -> None:
    row = table_of_the_document()[name]
    room = Path(audioset.__file__).parent / "interop" / "importers"
    shared = "".join(file.read_text(encoding="utf-8") for file in sorted(room.glob("*.py")))
    own = (room / "formats" / f"{TABLE[name].partition(':')[0]}.py").read_text(encoding="utf-8")
    for phrase in re.findall('"([^"]+)"', row["told"]):
        assert phrase in own + shared, f"{name} never tells {phrase!r}"
    # Names that the format itself gives; a code such as `p225` is an example.
    for field in re.findall("`([a-z_]+)`", row["lost, or in `extra`"]):
        assert field in own + shared or field in SAID_BY_CORPORA, f"{name} has no {field!r}"
