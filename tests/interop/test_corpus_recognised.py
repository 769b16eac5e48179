"""What `audioset import PATH` takes each layout for, wherever it lies, with whatever beside it."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import audioset
from audioset.cli.app import run
from audioset.errors import InvalidInputError, NotFoundError
from audioset.interop.importers.corpus.choose import choose_format
from audioset.interop.importers.formats import TABLE
from tests.interop.corpora import write_lines, write_tar


def sound(path: Path) -> None:
    """Write a file that has the name of a sound: nothing is decoded to tell a format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")


def common_voice(root: Path) -> None:
    write_lines(root / "en" / "train.tsv", "client_id\tpath\tsentence", "a\tx.mp3\thello")
    sound(root / "en" / "clips" / "x.mp3")


def ljspeech(root: Path) -> None:
    write_lines(root / "metadata.csv", "LJ001-0001|one|one")
    sound(root / "wavs" / "LJ001-0001.wav")


def piper(root: Path) -> None:
    write_lines(root / "metadata.csv", *(f"{n}|isla {n % 2}|number {n}" for n in range(4)))
    for number in range(4):
        sound(root / "wavs" / f"{number}.wav")


def xtts(root: Path) -> None:
    write_lines(root / "metadata_train.csv", "audio_file|text|speaker_name", "wavs/0.wav|one|isla")
    sound(root / "wavs" / "0.wav")


def f5(root: Path) -> None:
    write_lines(root / "metadata.csv", "audio_file|text", "/elsewhere/wavs/0.wav|one")
    sound(root / "wavs" / "0.wav")


def styletts(root: Path) -> None:
    write_lines(root / "train_list.txt", "0.wav|w\u02cc\u028cn|0")
    sound(root / "wavs" / "0.wav")


def kaldi_splits(root: Path) -> None:
    for split in ("train", "dev"):
        kaldi(root / split)


def shar_splits(root: Path) -> None:
    shar(root / "train")


def nemo_tarred(root: Path) -> None:
    line = '{"audio_filepath": "a.wav", "duration": 1, "text": "one", "shard_id": 0}'
    write_lines(root / "train" / "tarred_audio_manifest.json", line)
    write_lines(root / "train" / "sharded_manifests" / "manifest_0.json", line)
    write_tar(root / "train" / "audio_0.tar", {"a.wav": b""})


def librispeech(root: Path) -> None:
    write_lines(root / "dev-clean" / "19" / "198" / "19-198.trans.txt", "19-198-0000 ONE")
    sound(root / "dev-clean" / "19" / "198" / "19-198-0000.flac")


def mls(root: Path) -> None:
    write_lines(root / "train" / "transcripts.txt", "1_2_0\tone")
    sound(root / "train" / "audio" / "1" / "2" / "1_2_0.flac")
    write_lines(root / "metainfo.txt", "SPEAKER | GENDER", "1 | M")


def vctk(root: Path) -> None:
    sound(root / "wav48_silence_trimmed" / "p225" / "p225_001_mic1.flac")
    write_lines(root / "txt" / "p225" / "p225_001.txt", "one")


def timit(root: Path) -> None:
    sound(root / "TRAIN" / "DR1" / "FCJF0" / "SA1.WAV")
    write_lines(root / "TRAIN" / "DR1" / "FCJF0" / "SA1.TXT", "0 1 one")


def voxceleb(root: Path) -> None:
    sound(root / "wav" / "id10001" / "1zcIwhmdeo4" / "00001.wav")


def kaldi(root: Path) -> None:
    write_lines(root / "wav.scp", "a a.wav")
    write_lines(root / "text", "a one")


def nemo(root: Path) -> None:
    write_lines(root / "train.json", '{"audio_filepath": "a.wav", "duration": 1, "text": "one"}')
    sound(root / "a.wav")


def audiofolder(root: Path) -> None:
    write_lines(root / "train" / "metadata.csv", "file_name,text", "a.wav,one")
    sound(root / "train" / "a.wav")


def huggingface(root: Path) -> None:
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    (root / "data").mkdir(parents=True)
    table = pa.table({"audio": pa.array([{"bytes": b"", "path": "a.wav"}], kind), "text": ["one"]})
    pq.write_table(table, root / "data" / "train-00000-of-00001.parquet")


def lhotse_cut(source: str) -> bytes:
    recording = {
        "id": "r",
        "sources": [{"type": source, "channels": [0], "source": "a.wav"}],
        "sampling_rate": 8000,
        "num_samples": 8000,
        "duration": 1.0,
    }
    cut = {"id": "c", "start": 0, "duration": 1.0, "channel": 0, "type": "MonoCut"}
    line = json.dumps({**cut, "supervisions": [], "recording": recording})
    return gzip.compress(line.encode())


def lhotse(root: Path) -> None:
    root.mkdir(parents=True)
    (root / "cuts_train.jsonl.gz").write_bytes(lhotse_cut("file"))


def shar(root: Path) -> None:
    root.mkdir(parents=True)
    (root / "cuts.000000.jsonl.gz").write_bytes(lhotse_cut("shar"))
    write_tar(root / "recording.000000.tar", {"c.flac": b"", "c.json": b"{}"})


def webdataset(root: Path) -> None:
    write_tar(root / "train-000000.tar", {"a.flac": b"", "a.json": b'{"text": "one"}'})


def audb(root: Path) -> None:
    write_lines(root / "db.yaml", "name: x", "tables: {files: {type: filewise}}")
    write_lines(root / "db.files.csv", "file,text", "audio/a.wav,one")
    sound(root / "audio" / "a.wav")


def textgrid(root: Path) -> None:
    sound(root / "isla" / "a.wav")
    write_lines(root / "isla" / "a.TextGrid", 'File type = "ooTextFile"')


def emilia_said() -> str:
    return json.dumps({"id": "E0", "wav": "E0.mp3", "text": "x", "speaker": "s", "dnsmos": 3.0})


def emilia_folder(root: Path) -> None:
    sound(root / "EN" / "E0.mp3")
    write_lines(root / "EN" / "E0.json", emilia_said())


def emilia_tars(root: Path) -> None:
    said = emilia_said().encode()
    write_tar(root / "EN" / "EN-B000000.tar", {"E0.json": said, "E0.mp3": b""})


LAYOUTS: dict[Callable[[Path], None], str] = {
    audb: "audb",
    audiofolder: "audiofolder",
    common_voice: "common-voice",
    emilia_folder: "emilia",
    emilia_tars: "emilia",
    f5: "f5",
    huggingface: "huggingface",
    kaldi: "kaldi",
    kaldi_splits: "kaldi",
    lhotse: "lhotse",
    librispeech: "librispeech",
    ljspeech: "ljspeech",
    mls: "mls",
    nemo: "nemo",
    nemo_tarred: "nemo",
    piper: "piper",
    shar: "lhotse",
    shar_splits: "lhotse",
    styletts: "styletts",
    textgrid: "textgrid",
    timit: "timit",
    vctk: "vctk",
    voxceleb: "voxceleb",
    webdataset: "webdataset",
    xtts: "xtts",
}


def test_every_format_has_its_layout_here() -> None:
    assert set(LAYOUTS.values()) == set(TABLE)


@pytest.mark.parametrize("build", LAYOUTS, ids=lambda build: build.__name__)
def test_a_layout_is_known(build: Callable[[Path], None], tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    build(root)
    chosen = choose_format(root, None)
    assert (chosen.name, chosen.notes) == (LAYOUTS[build], ())
    assert chosen.evidence
    # As a release is unpacked, on a Mac.
    write_lines(root / "README.md", "# A corpus", "| name | text |")
    write_lines(root / "LICENSE.txt", "CC BY 4.0")
    write_lines(root / "info.json", '{"version": 1}')
    sound(root / "._a.wav")
    sound(root / ".DS_Store")
    assert choose_format(root, None).name == LAYOUTS[build]


@pytest.mark.parametrize("build", LAYOUTS, ids=lambda build: build.__name__)
def test_in_a_further_folder_it_is_known_or_named(
    build: Callable[[Path], None], tmp_path: Path
) -> None:
    root = tmp_path / "unpacked" / "corpus"
    build(root)
    try:
        assert choose_format(root.parent, None).name == LAYOUTS[build]
    except InvalidInputError as error:
        assert f"in it there is: audioset import {LAYOUTS[build]} {root}" in str(error)  # noqa: PT017


@pytest.mark.parametrize("first", [kaldi, nemo, vctk])
def test_where_two_fit_both_commands_are_told(
    first: Callable[[Path], None], tmp_path: Path
) -> None:
    root = tmp_path / "corpus"
    first(root)
    ljspeech(root)
    with pytest.raises(InvalidInputError, match="may be read in 2 ways") as raised:
        choose_format(root, None)
    for name in (LAYOUTS[first], "ljspeech"):
        assert f"audioset import {name} {root}" in str(raised.value)
    assert choose_format(root, "ljspeech").name == "ljspeech"


def test_folders_that_are_no_splits_are_told_one_by_one(tmp_path: Path) -> None:
    for name in ("train", "train_sp"):
        kaldi(tmp_path / name)
    with pytest.raises(
        InvalidInputError, match=r"import kaldi \S+train .* import kaldi \S+train_sp"
    ):
        choose_format(tmp_path, None)


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["0|It is 5 o'clock|it is five o'clock", "1|again, Isla|again isla"], "ljspeech"),
        ([f"{n}|{n}|{word}" for n, word in enumerate(["zero", "one", "two"])], None),
        ([f"{n}|{n}|number {chr(97 + n)}" for n in range(10)], "ljspeech"),
        (["0|isla|one", "1|isla|I am isla", "2|mo|two", "3|mo|three", "4|mo|o"], "piper"),
    ],
)
def test_names_of_speakers_are_told_from_texts(
    lines: list[str], name: str | None, tmp_path: Path
) -> None:
    write_lines(tmp_path / "metadata.csv", *lines)
    for number in range(len(lines)):
        sound(tmp_path / "wavs" / f"{number}.wav")
    if name is not None:
        assert choose_format(tmp_path, None).name == name
        return
    with pytest.raises(InvalidInputError, match=r"import ljspeech .* import piper"):
        choose_format(tmp_path, None)


def test_of_two_general_formats_one_is_asked_for(tmp_path: Path) -> None:
    audiofolder(tmp_path)
    textgrid(tmp_path)
    with pytest.raises(InvalidInputError, match=r"import audiofolder .* import textgrid"):
        choose_format(tmp_path, None)


def test_a_table_of_ones_own_is_sent_to_import_folder(tmp_path: Path) -> None:
    write_lines(tmp_path / "clips.csv", "file,words", "a.wav,one")
    sound(tmp_path / "a.wav")
    with pytest.raises(InvalidInputError, match=f"audioset import folder {tmp_path}"):
        choose_format(tmp_path, None)


def test_what_is_no_corpus_is_none(tmp_path: Path) -> None:
    empty, sounds, file = tmp_path / "empty", tmp_path / "sounds", tmp_path / "a.wav"
    empty.mkdir()
    for place in ("a.wav", "isla/b.wav", "isla/evening/c.wav"):
        sound(sounds / place)
    sound(file)
    for path in (empty, sounds, file):
        with pytest.raises(InvalidInputError, match="has none of the formats"):
            choose_format(path, None)
    with pytest.raises(NotFoundError, match="no such file or folder"):
        choose_format(tmp_path / "nowhere", None)


def test_a_format_without_a_path_is_told_as_one() -> None:
    with pytest.raises(NotFoundError, match=r"a format; name the corpus too: .* ljspeech PATH"):
        choose_format(Path("ljspeech"), None)


def test_a_path_that_is_not_there_is_no_format_whatever_flags_follow(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    audioset.init(tmp_path, name="scots")
    assert run(["import", "../nowhere", "--dry-run", "--workspace", str(tmp_path)]) == 1
    assert "../nowhere: no such file or folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    "flags",
    [["--dry-run"], ["--json"], ["--corpus", "x"], ["--audio", "y", "--yes"], ["--workers=1"]],
    ids=" ".join,
)
def test_a_bare_word_that_is_not_there_is_told_whatever_flags_follow(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    audioset.init(tmp_path, name="scots")
    here = ["--workspace", str(tmp_path)]
    assert run(["import", "nothere", *flags, *here]) == 1
    said = capsys.readouterr()
    assert "nothere: no such file or folder" in said.err + said.out
    assert run(["import", *flags, "nothere", *here]) == 1
    said = capsys.readouterr()
    assert "nothere: no such file or folder" in said.err + said.out
    assert run(["import", "ljspeech", *flags, *here]) == 1
    said = capsys.readouterr()
    assert "ljspeech: no such file or folder, but a format" in said.err + said.out
    assert run(["import", "ljspeech", *flags, "nothere", *here]) == 1
    said = capsys.readouterr()
    assert "nothere: no such file or folder" in said.err + said.out
    assert "a format" not in said.err + said.out
    assert run(["import", *flags, "ljspeech", "nothere", *here]) == 1
    said = capsys.readouterr()
    assert "nothere: no such file or folder" in said.err + said.out
    assert "a format" not in said.err + said.out
    assert run(["import", "nosuch", *flags, str(tmp_path), *here]) == 1
    said = capsys.readouterr()
    assert "no format 'nosuch' is known" in said.err + said.out


def test_a_flag_that_there_is_none_of_is_told_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["import", "nothere", "--flag"]) == 2
    assert "No such option: --flag" in capsys.readouterr().err
