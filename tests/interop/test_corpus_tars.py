"""Corpora whose sounds lie in tars: NeMo's tarred datasets, and tars that are compressed."""

import bz2
import gzip
import json
import lzma
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from audioset.errors import InvalidInputError, NotFoundError
from audioset.interop.importers.corpus.choose import choose_format
from audioset.workspace import Workspace
from tests.interop.corpora import (
    encoded,
    noise_pcm,
    rows,
    samples,
    why,
    write_lines,
    write_tar,
)


def write_manifest(path: Path, *lines: dict[str, Any]) -> Path:
    return write_lines(path, *map(json.dumps, lines))


def line(name: str, shard: int, text: str, seconds: float = 0.25, **more: Any) -> dict[str, Any]:
    return {
        "audio_filepath": name,
        "duration": seconds,
        "text": text,
        **more,
        "shard_id": shard,
    }


def sliced(root: Path) -> list[dict[str, Any]]:
    """A tarred dataset as NeMo's script writes it: names are whole paths, made flat."""
    lines = []
    for shard in range(2):
        names = [f"data_wavs_{shard}{number}_0_0_0_25" for number in range(2)]
        # The script keeps a suffix in its manifest that the sound has no longer.
        write_tar(
            root / f"audio_{shard}.tar",
            {
                f"{name}.flac": encoded(noise_pcm(10 * shard + number))
                for number, name in enumerate(names)
            },
        )
        lines += [
            line(
                f"{name}.wav",
                shard,
                f"text {name[10:12]}",
                speaker="ada",
                lang="en",
                source_audio_offset=0.0,
            )
            for name in names
        ]
    return lines


def test_tarred_manifests_of_nemo(tmp_path: Path, ws: Workspace) -> None:
    root = tmp_path / "train"
    lines = sliced(root)
    lost = line("data_wavs_09_0_0_0_25.wav", 0, "in no tar")
    beyond = line("data_wavs_90_0_0_0_25.wav", 9, "its tar is lost")
    wrong = {**lines[3], "duration": 4}
    write_lines(root / "metadata.yaml", "version: 0")
    write_manifest(
        root / "tarred_audio_manifest.json", *lines[:3], wrong, lost, beyond, {"shard_id": 0}
    )
    for shard in range(2):
        own = lines[2 * shard : 2 * shard + 2]
        write_manifest(root / "sharded_manifests" / f"manifest_{shard}.json", *own)
    report = ws.import_corpus(root)
    assert (report.format, report.num_new, report.num_left_out) == ("nemo", 4, 3)
    assert any("tarred_audio_manifest… names all" in note for note in report.notes)
    problems = why(report)
    assert problems[lost["audio_filepath"]] == "is not in audio_0.tar"
    assert problems[beyond["audio_filepath"]].startswith("its tar audio_9.tar is not there")
    assert list(why(report, "length")) == [wrong["audio_filepath"]]
    found = rows(ws)
    for shard in range(2):
        for number in range(2):
            clip = found[f"data_wavs_{shard}{number}_0_0_0_25.wav"]
            said = (clip.text, clip.speaker, clip.language, clip.split)
            assert said == (f"text {shard}{number}", "ada", "en", "train")
            assert clip.extra["source_audio_offset"] == "0.0"
            np.testing.assert_array_equal(samples(ws, clip), noise_pcm(10 * shard + number))
    assert ws.import_corpus(root).num_same == 4


def test_sharded_manifests_of_nemo_alone(tmp_path: Path, ws: Workspace) -> None:
    root = tmp_path / "nemo"
    lines = sliced(root)
    for shard in range(2):
        own = lines[2 * shard : 2 * shard + 2]
        write_manifest(root / "sharded_manifests" / f"manifest_{shard}.json", *own)
    whole = (root / "audio_1.tar").read_bytes()
    with tarfile.open(root / "audio_1.tar") as tar:
        second = tar.getmembers()[1].offset
    (root / "audio_1.tar").write_bytes(whole[: second + 100])
    report = ws.import_corpus(root)
    assert (report.format, report.num_new) == ("nemo", 3)
    assert "is no whole tar" in why(report)["data_wavs_11_0_0_0_25.wav"]
    np.testing.assert_array_equal(samples(ws, rows(ws)["data_wavs_10_0_0_0_25.wav"]), noise_pcm(10))


def test_the_last_version_of_a_tarred_manifest_holds(tmp_path: Path, ws: Workspace) -> None:
    root = tmp_path / "nemo"
    lines = sliced(root)
    write_manifest(root / "tarred_audio_manifest.json", *lines[:2])
    write_manifest(root / "tarred_audio_manifest_version_1.json", *lines)
    report = ws.import_corpus(root)
    assert (report.num_new, report.num_left_out) == (4, 0)


def test_a_folder_of_tarred_splits_of_nemo(tmp_path: Path, ws: Workspace) -> None:
    root = tmp_path / "nemo"
    for number, split in enumerate(("train", "dev")):
        name = f"{split}.flac"
        write_tar(root / split / "audio_0.tar", {name: encoded(noise_pcm(number))})
        own = line(name, 0, split)
        write_manifest(root / split / "tarred_audio_manifest.json", own)
        write_manifest(root / split / "sharded_manifests" / "manifest_0.json", own)
    report = ws.import_corpus(root)
    assert (report.format, report.num_new, report.num_left_out) == ("nemo", 2, 0)
    assert any("read: dev/tarred_audio_manifest.json, train/" in note for note in report.notes)
    found = rows(ws)
    assert {clip.text: clip.split for clip in found.values()} == {
        "train": "train",
        "dev": "validation",
    }
    np.testing.assert_array_equal(samples(ws, found["dev.flac"]), noise_pcm(1))


def test_spans_of_what_lies_in_tars_of_nemo(tmp_path: Path, ws: Workspace) -> None:
    root = tmp_path / "nemo"
    pcm, whole = noise_pcm(1, seconds=2), noise_pcm(2)
    write_tar(
        root / "audio_0.tar",
        {"talk.wav": encoded(pcm, "WAV"), "one.wav": encoded(whole, "WAV")},
    )
    write_manifest(
        root / "tarred_audio_manifest.json",
        line("talk.wav", 0, "first", 0.5, offset=0),
        line("talk-sub1.wav", 0, "second", 0.5, offset=1.0),
        line("one.wav", 0, "whole", offset=0),
    )
    report = ws.import_corpus(root)
    assert (report.num_new, report.num_left_out) == (1, 2)
    cure = "unpack the tars into one folder, and name it with --audio DIR"
    assert cure in why(report)["talk-sub1.wav"].replace("audio=DIR", "--audio DIR")
    with tarfile.open(root / "audio_0.tar") as tar:
        tar.extractall(tmp_path / "sounds", filter="data")
    again = ws.import_corpus(root, audio=[tmp_path / "sounds"])
    assert (again.num_new, again.num_same, again.num_left_out) == (2, 1, 0)
    found = {clip.text: clip for clip in rows(ws).values()}
    np.testing.assert_array_equal(samples(ws, found["first"]), pcm[:4000])
    np.testing.assert_array_equal(samples(ws, found["second"]), pcm[8000:12000])
    np.testing.assert_array_equal(samples(ws, found["whole"]), whole)


def test_a_pattern_of_nemo_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=f"audioset import nemo {tmp_path}"):
        choose_format(tmp_path / "manifest__OP_0..7_CL_.json", "nemo")


def zstd(data: bytes) -> bytes:
    return bytes(pa.compress(data, codec="zstd", asbytes=True))


@pytest.mark.parametrize(
    ("ending", "pack"),
    [
        (".tar.gz", gzip.compress),
        (".tgz", gzip.compress),
        (".tar.bz2", bz2.compress),
        (".tar.xz", lzma.compress),
        (".tar.zst", zstd),
    ],
)
def test_packed_tars_of_webdataset(ending: str, pack: Any, tmp_path: Path, ws: Workspace) -> None:
    root = tmp_path / "tars"
    plain = write_tar(
        tmp_path / "plain.tar",
        {
            "a/0001.flac": encoded(noise_pcm(0)),
            "a/0001.json": json.dumps({"text": "one", "speaker": 7}).encode(),
            "0002.wav": encoded(noise_pcm(1), "WAV"),
            "0002.txt": b"two",
            "0003.txt": b"no sound",
        },
    ).read_bytes()
    root.mkdir()
    (root / f"train-000000{ending}").write_bytes(pack(plain))
    rng = np.random.default_rng(0).bytes(200_000)
    broken = write_tar(
        tmp_path / "broken.tar",
        {"0004.flac": encoded(noise_pcm(4)), "0004.txt": b"four", "0005.flac": rng},
    ).read_bytes()
    packed = pack(broken)
    (root / f"valid-000000{ending}").write_bytes(packed[: len(packed) - 50_000])
    report = ws.import_corpus(root)
    assert report.format == "webdataset"
    problems = why(report)
    assert problems["0003"] == "has no sound"
    assert "is no whole tar" in problems[f"valid-000000{ending}"]
    found = rows(ws)
    first = found["a/0001"]
    assert (first.text, first.speaker, first.split) == ("one", "tars-7", "train")
    assert found["0002"].text == "two"
    np.testing.assert_array_equal(samples(ws, first), noise_pcm(0))
    np.testing.assert_array_equal(samples(ws, found["0002"]), noise_pcm(1))
    assert set(found) >= {"a/0001", "0002"}
    assert ws.import_corpus(root).num_same == len(found)


def test_a_download_that_is_packed_is_to_be_unpacked(tmp_path: Path) -> None:
    tar = write_tar(
        tmp_path / "plain.tar",
        {
            "LibriSpeech/dev-clean/19/198/19-198-0000.flac": b"",
            "LibriSpeech/dev-clean/19/198/19-198.trans.txt": b"19-198-0000 ONE",
        },
    )
    folder = tmp_path / "downloads"
    folder.mkdir()
    (folder / "dev-clean.tar.gz").write_bytes(gzip.compress(tar.read_bytes()))
    (folder / "voices.zip").write_bytes(b"PK\x03\x04")
    for path, command in (
        (folder / "dev-clean.tar.gz", "tar -xf dev-clean.tar.gz"),
        (folder / "voices.zip", "unzip voices.zip"),
        (folder, "tar -xf dev-clean.tar.gz"),
    ):
        with pytest.raises(InvalidInputError, match="unpack") as raised:
            choose_format(path, None)
        assert command in str(raised.value)
