"""Corpora as the libraries of their formats write them: every sample comes back."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import audioset
from audioset.workspace import Workspace
from tests.interop.corpora import RATE, noise_pcm, rows, samples, write_pcm

pytestmark = pytest.mark.slow
NUMBERS = range(4)


@pytest.fixture
def wavs(tmp_path: Path) -> Path:
    for number in NUMBERS:
        write_pcm(tmp_path / "wavs" / f"{number}.wav", noise_pcm(number))
    return tmp_path / "wavs"


def require_equal(ws: Workspace, names: list[str]) -> None:
    found = rows(ws)
    assert sorted(found) == names
    for number, name in enumerate(names):
        np.testing.assert_array_equal(samples(ws, found[name]), noise_pcm(number))


def lhotse_cuts(wavs: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lhotse = pytest.importorskip("lhotse")
    found = []
    for number in NUMBERS:
        recording = lhotse.Recording.from_file(wavs / f"{number}.wav")
        said = lhotse.SupervisionSegment(
            id=f"s{number}",
            recording_id=recording.id,
            start=0,
            duration=recording.duration,
            text=f"text {number}",
            speaker=f"ada-{number}",
            language="English",
        )
        cut = lhotse.MonoCut(
            id=f"c{number}",
            start=0,
            duration=recording.duration,
            channel=0,
            recording=recording,
            supervisions=[said],
        )
        found.append(cut)
    return lhotse.CutSet.from_cuts(found)


def test_cuts_and_shar_that_lhotse_writes(tmp_path: Path, wavs: Path, ws: Workspace) -> None:
    cuts = lhotse_cuts(wavs)
    (tmp_path / "cuts").mkdir()
    (tmp_path / "shar").mkdir()
    cuts.to_file(tmp_path / "cuts" / "cuts_dev.jsonl.gz")
    # It writes absolute paths, so that the folder of the sounds has to be named.
    assert ws.import_corpus(tmp_path / "cuts").num_left_out == len(NUMBERS)
    report = ws.import_corpus(tmp_path / "cuts", audio=wavs)
    assert (report.format, report.num_new) == ("lhotse", len(NUMBERS))
    require_equal(ws, [f"c{number}" for number in NUMBERS])
    clip = rows(ws)["c1"]
    assert (clip.text, clip.speaker, clip.language, clip.split) == (
        "text 1",
        "ada-1",
        "en",
        "validation",
    )
    cuts.to_shar(tmp_path / "shar", fields={"recording": "flac"}, shard_size=2)
    other = audioset.init(tmp_path / "other", name="scots")
    assert other.import_corpus(tmp_path / "shar").num_new == len(NUMBERS)
    require_equal(other, [f"c{number}" for number in NUMBERS])


def test_tars_that_webdataset_writes(tmp_path: Path, wavs: Path, ws: Workspace) -> None:
    webdataset = pytest.importorskip("webdataset")
    with webdataset.TarWriter(str(tmp_path / "train-0000.tar")) as writer:
        for number in NUMBERS:
            data = (wavs / f"{number}.wav").read_bytes()
            said = {"speaker": number, "snr": None}
            writer.write({"__key__": f"k{number}", "wav": data, "txt": "a", "json": said})
    report = ws.import_corpus(tmp_path / "train-0000.tar")
    assert (report.format, report.num_new) == ("webdataset", len(NUMBERS))
    require_equal(ws, [f"k{number}" for number in NUMBERS])
    assert rows(ws)["k3"].speaker == "train-0000-3"


def test_archives_that_kaldiio_writes(tmp_path: Path, ws: Workspace) -> None:
    kaldiio = pytest.importorskip("kaldiio")
    folder = tmp_path / "data"
    folder.mkdir()
    with kaldiio.WriteHelper(f"ark,scp:{folder}/raw.ark,{folder}/wav.scp") as writer:
        for number in NUMBERS:
            writer(f"u{number}", (RATE, noise_pcm(number)))
    report = ws.import_corpus(folder)
    assert (report.format, report.num_new) == ("kaldi", len(NUMBERS))
    require_equal(ws, [f"u{number}" for number in NUMBERS])
