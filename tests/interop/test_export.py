"""`export`: which clips, converted how, told what, and never half of it for anybody to see."""

import io
import json
import re
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import yaml

from audioset.cli.app import run
from audioset.errors import AlreadyExistsError, InvalidInputError, NotFoundError
from audioset.interop.exporters import export_format_names
from audioset.media.encode_anew import encode_anew
from audioset.media.flac import encode_flac
from audioset.plugins import ExportJob
from audioset.storage.store import open_store
from audioset.versions.forget import forget, plan_forget
from audioset.workspace import Workspace
from tests.plugin_packages import DOCS, install
from tests.servers import s3_url
from tests.versions.publishing import publish, with_value, working_table
from tests.workspaces import add_source, make_workspace

__all__ = ["s3_url"]  # a fixture: imported to be found by pytest


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """scots@v1: two clips in each of two splits, two in none; the last was rejected."""
    made = make_workspace(tmp_path_factory.mktemp("w") / "scots", sources=2, clips_per_source=2)
    add_source(made, "late.mp4", 2, extra={"spoken": "aye"}, hypothesis="as a model heard it")
    publish(made, with_value(working_table(made), 5, "accepted", value=False))
    return made


def metadata(to: Path) -> list[dict[str, Any]]:
    files = sorted(to.rglob("metadata.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def test_the_place_is_told_as_it_is_found(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "deep" / "folder").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "deep" / "folder")
    report = ws.export("jsonl", "scots@v1", f"{tmp_path}/link/../out")
    assert report.place == str(tmp_path / "deep" / "out")
    assert Path(report.place).is_dir()
    # The scratch space of a computer is often a link to an empty folder of a larger disk.
    assert ws.export("jsonl", "scots@v1", tmp_path / "link").place == str(
        tmp_path / "deep" / "folder"
    )


def test_rejected_clips_never_leave_and_are_counted(ws: Workspace, tmp_path: Path) -> None:
    report = ws.export("jsonl", "scots@v1", tmp_path / "out")
    rejected = working_table(ws)["clip_id"][5].as_py()
    assert report.left_out == {"rejected": 1}
    assert (report.num_clips, report.num_clip_files) == (5, 5)
    assert rejected not in {row["clip_id"] for row in metadata(tmp_path / "out")}
    assert not list((tmp_path / "out").rglob(f"{rejected}*"))
    with pytest.raises(InvalidInputError, match="can be written as jsonl: 1 rejected"):
        ws.export("jsonl", "scots@v1", tmp_path / "none", where="accepted is false")


def test_withdrawn_clips_never_leave(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "w", sources=2, clips_per_source=2)
    publish(ws)
    forget(ws.store, plan_forget(ws.store, "scots", column="speaker", value="speaker0"))
    with pytest.warns(match="2 clips were withdrawn from scots@v1"):
        ws.export("jsonl", "scots@v1", tmp_path / "out")
    assert {row["speaker"] for row in metadata(tmp_path / "out")} == {"speaker1"}


def test_a_part_of_a_version_is_chosen_by_view_condition_and_split(
    ws: Workspace, tmp_path: Path
) -> None:
    ws.export("jsonl", "scots@v1?speaker is not null", tmp_path / "a", where="split = 'train'")
    ws.export("jsonl", "scots@v1", tmp_path / "b", splits="train")
    a, b = metadata(tmp_path / "a"), metadata(tmp_path / "b")
    assert a == b
    assert [row["split"] for row in a] == ["train"]
    with pytest.raises(InvalidInputError, match="has split 'dev'; splits are: test, train"):
        ws.export("jsonl", "scots@v1", tmp_path / "c", splits=["train", "dev"])
    with pytest.raises(NotFoundError, match="no format 'kaldy'; did you mean kaldi"):
        ws.export("kaldy", "scots@v1", tmp_path / "c")
    assert not (tmp_path / "c").exists()


def test_another_column_or_fact_can_be_the_text(ws: Workspace, tmp_path: Path) -> None:
    for column, text in (("hypothesis", "as a model heard it"), ("spoken", "aye")):
        report = ws.export("ljspeech", "scots@v1", tmp_path / column, text_column=column)
        assert report.left_out == {"rejected": 1, "without a text": 3}
        lines = (tmp_path / column / "metadata.csv").read_text().splitlines()
        assert [line.split("|")[1] for line in lines] == [text, text]
    with pytest.raises(InvalidInputError, match="no clip has a text in 'snr_db'"):
        ws.export("ljspeech", "scots@v1", tmp_path / "none", text_column="snr_db")


def test_rates_are_converted_and_what_is_told_of_the_sound_is_true(
    ws: Workspace, tmp_path: Path
) -> None:
    ws.export("jsonl", "scots@v1", tmp_path / "same")
    for kind in ("flac", "wav"):
        to = tmp_path / kind
        ws.export("jsonl", "scots@v1", to, sampling_rate=16_000, audio=kind, workers=2)
        rows = metadata(to)
        assert [row["clip_id"] for row in rows] == [
            row["clip_id"] for row in metadata(tmp_path / "same")
        ]
        for row in rows:
            (path,) = to.rglob(row["file_name"])
            info = soundfile.info(path)
            assert (info.samplerate, info.frames) == (16_000, row["num_samples"]) == (16_000, 4000)
            assert (row["sampling_rate"], row["length_seconds"]) == (16_000, 0.25)
            assert "pcm_sha256" not in row  # that of other samples
            before = soundfile.read(ws.clips_dir / f"{row['clip_id']}.flac")[0]
            after = soundfile.read(path)[0]
            # The tone is the same, at the same time.
            middle = slice(200, 1800)
            assert np.abs(after[::2][middle] - before[middle]).max() < 0.05


@pytest.mark.parametrize("bit_depth", [16, 24])
def test_only_the_container_changes_where_nothing_else_is_asked_for(bit_depth: int) -> None:
    full = 2**31 - 1
    drawn = np.random.default_rng(1).integers(-full, full, (500, 2), np.int32)
    pcm = (drawn >> 16).astype(np.int16) if bit_depth == 16 else drawn >> 8 << 8
    flac = encode_flac(pcm, 44_100)
    made = encode_anew(flac, name="x", kind="wav", bit_depth=bit_depth)
    again, rate = soundfile.read(io.BytesIO(made.data), dtype="int32")
    assert (rate, made.channels, made.was_held) == (44_100, 2, False)
    assert np.array_equal(again, pcm.astype(np.int32) << (16 if bit_depth == 16 else 0))
    mixed = encode_anew(flac, name="x", kind="wav", bit_depth=bit_depth, mix=True)
    one, _ = soundfile.read(io.BytesIO(mixed.data), dtype="float64")
    assert mixed.channels == 1
    assert np.abs(one - (again / 2**31).mean(axis=1)).max() <= 2.0 ** -(bit_depth - 1)


def test_what_a_conversion_makes_too_loud_is_held_and_counted(tmp_path: Path) -> None:
    square = np.where(np.arange(8000) // 40 % 2, 32767, -32768).astype(np.int16)
    made = encode_anew(
        encode_flac(square, 8000), name="x", kind="flac", bit_depth=16, sampling_rate=16_000
    )
    samples, _ = soundfile.read(io.BytesIO(made.data), dtype="int16")
    assert made.was_held
    assert (samples.max(), samples.min()) == (32767, -32768)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sampling_rate": 10}, "sampling_rate must be from 1000 to 384000 Hz; got 10"),
        ({"channels": "left"}, "channels must be mix, or nothing to keep them; got 'left'"),
        ({"audio": "mp3"}, "audio must be one of flac, wav; got 'mp3'"),
        ({"part_bytes": 0}, "part_bytes must be above 0; got 0"),
        ({"audio": "flac"}, "ljspeech holds sound as wav, not as flac"),
    ],
)
def test_options_that_cannot_be_are_refused(
    options: dict[str, Any], message: str, ws: Workspace, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        ws.export("ljspeech", "scots@v1", tmp_path / "out", **options)
    assert list(tmp_path.iterdir()) == []


def test_many_workers_give_the_same_bytes_as_one(ws: Workspace, tmp_path: Path) -> None:
    for workers in (1, 3):
        ws.export(
            "webdataset", "scots@v1", tmp_path / str(workers), sampling_rate=6000, workers=workers
        )
    one, three = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in "13"
    )
    assert one == three


def test_nothing_of_a_killed_export_is_visible_and_the_next_takes_its_remains(
    ws: Workspace, tmp_path: Path
) -> None:
    code = textwrap.dedent("""
        import os, signal, sys, audioset
        from audioset.interop.exporters.destination import Destination
        whole = Destination.write
        def write(self, name, data):
            whole(self, name, data)
            if self.num_clip_files == 3:
                os.kill(os.getpid(), signal.SIGKILL)
        Destination.write = write
        audioset.open_workspace(sys.argv[1]).export("csv", "scots@v1", sys.argv[2])
    """)
    done = subprocess.run(
        [sys.executable, "-c", code, str(ws.folder), str(tmp_path / "out")], check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "out").exists()
    assert [path.name[:17] for path in tmp_path.iterdir()] == [".audioset-export-"]
    ws.export("csv", "scots@v1", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_readme_is_the_card_of_what_was_exported(ws: Workspace, tmp_path: Path) -> None:
    ws.export("huggingface", "scots@v1", tmp_path / "out", splits="test")
    text = (tmp_path / "out" / "README.md").read_text()
    front = yaml.safe_load(text.split("---\n")[1])
    assert front["size_categories"] == ["n<1K"]
    (files,) = front["configs"][0]["data_files"]
    assert files == {"split": "test", "path": ["data/test-00000-of-00001.parquet"]}
    assert "| **clips** | 2 of the 6 of scots@v1 |" in text
    assert "## How to read it" in text


def test_a_bucket_says_that_it_is_unfinished_and_the_same_export_goes_on(
    ws: Workspace, s3_url: str, tmp_path: Path
) -> None:
    url = f"{s3_url}/out"
    store = open_store(url)

    def broken(job: ExportJob) -> None:
        (split, *_) = job.splits
        for clip in job.clips(job.rows_of(split)):
            job.write_clip(f"{split}/{clip.file_name}", clip)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patched:
        from audioset.interop.exporters import plain

        patched.setattr(plain, "JSONL", replace(plain.JSONL, write=broken))
        with pytest.raises(KeyboardInterrupt):
            ws.export("jsonl", "scots@v1", url)
    assert "UNFINISHED-EXPORT.json" in set(store.list_keys(""))
    with pytest.raises(AlreadyExistsError, match="is there already; a reader would mix"):
        ws.export("jsonl", "scots@v1", url, sampling_rate=16_000)
    report = ws.export("jsonl", "scots@v1", url)
    assert (report.place, report.num_clip_files) == (url, 5)
    ws.export("jsonl", "scots@v1", tmp_path / "here")
    here = {
        path.relative_to(tmp_path / "here").as_posix(): path.read_bytes()
        for path in (tmp_path / "here").rglob("*")
        if path.is_file()
    }
    assert {key: store.get(key) for key in store.list_keys("")} == here
    with pytest.raises(AlreadyExistsError, match="is there already"):
        ws.export("jsonl", "scots@v1", url)


def test_the_command_tells_what_was_left_out_and_what_has_no_place(
    ws: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["export", "ljspeech", "scots@v1", str(tmp_path / "out"), "--store", ws.store.url]
    assert run([*words, "--workspace", str(ws.folder)]) == 0
    _, err = capsys.readouterr()
    assert "left out: 1 clip rejected, 2 clips without a text" in err
    assert (
        "ljspeech has no place for: text_source, speaker, split, where clips were cut (clip" in err
    )
    words[3] = str(tmp_path / "again")
    assert run([*words, "--workspace", str(ws.folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["no_place"].items() >= {"clip_id": 3, "text_source": 3, "split": 3}.items()
    assert not {"text", "sampling_rate", "size_bytes", "gain_db"} & told["no_place"].keys()
    assert run([*words, "--workspace", str(ws.folder)]) == 1
    assert "holds metadata.csv already" in capsys.readouterr().err


def test_a_format_of_another_package_is_found(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that `docs/plugins.md` shows."""
    (shown,) = re.findall(r"```\n([^`]*def write\(job\):.*?)```", DOCS.read_text(), re.DOTALL)
    code = f"{shown}\ndef bad():\n    raise OSError('oh')"
    points = (
        "[audioset.exporters]\ntsv = tsv_out:open_tsv\nbad = tsv_out:bad\nno = tsv_out:missing\n"
    )
    install(tmp_path / "site", monkeypatch, package="tsv-out", code=code, points=points)
    assert export_format_names()[-3:] == ("bad", "no", "tsv")
    report = ws.export("tsv", "scots@v1", tmp_path / "out", splits="train")
    assert {name: report.no_place[name] for name in ("text_source", "speaker")} == {
        "text_source": 1,
        "speaker": 1,
    }
    (table, *sounds) = sorted(path.name for path in (tmp_path / "out").rglob("*.*"))[::-1]
    assert table == "train.tsv"
    assert (tmp_path / "out" / table).read_text().splitlines() == [
        f"{name.removesuffix('.flac')}\tline of source 1" for name in sorted(sounds)
    ]
    with pytest.raises(InvalidInputError, match="exporter 'bad' gives no ExportFormat: oh"):
        ws.export("bad", "scots@v1", tmp_path / "x")
    with pytest.raises(InvalidInputError, match=r"package tsv-out .* cannot be loaded: Attr"):
        ws.export("no", "scots@v1", tmp_path / "x")
