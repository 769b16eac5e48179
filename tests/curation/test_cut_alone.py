"""Workers that keep all cores busy have no helper: the same clips, the same errors, less of all."""

import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest

from audioset.curation.begin import need_helpers
from audioset.curation.cut import cut_sources
from audioset.curation.cut.source_report import SourceReport
from audioset.engine import map_items
from audioset.errors import AudiosetError
from audioset.media.apart.ask import apart
from audioset.media.apart.here import no_helper
from audioset.records.cut_options import CutOptions
from audioset.workspace import open_workspace
from tests.sounds import SPEECH_RATE, spoken, write_audio

MEGABYTE = 1024 * 1024


def test_a_helper_where_a_core_is_left_for_it() -> None:
    small, large = 4 * MEGABYTE, 40 * MEGABYTE
    assert need_helpers([small] * 20, 2, 2) == [False] * 20
    assert need_helpers([small] * 20, 4, 2) == [True] * 20  # two cores would be idle
    assert need_helpers([large] * 2, 4, 2) == [True] * 2
    assert need_helpers([large] * 3, 2, 2) == [False, False, True]  # nobody is left for the other
    assert need_helpers([large] * 4, 2, 4) == [False, False, False, True]
    assert need_helpers([large, small, small], 2, 2) == [True, False, False]
    assert need_helpers([large] + [small] * 10, 2, 2) == [False] * 11
    assert need_helpers([large] * 2, 1, 1) == [False] * 2
    assert need_helpers([], 2, 1) == []


def note_children(folder: Path, report: SourceReport, _path: Path | None) -> SourceReport:
    """Write down who helps the process that cut a source."""
    helpers = psutil.Process().children()
    (folder / f"{os.getpid()}-{Path(report.path).stem}").write_text(str(len(helpers)))
    return report


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("videos")
    samples, _ = spoken()
    for number, name in enumerate("abc", 1):
        write_audio(folder / f"{name}.m4a", np.tile(samples, number), SPEECH_RATE, codec="aac")
    whole = (folder / "c.m4a").read_bytes()
    (folder / "half.m4a").write_bytes(whole[: len(whole) // 2])
    (folder / "text.mp4").write_text("no media")
    return folder


def test_the_same_clips_with_helpers_and_without(videos: Path, tmp_path: Path) -> None:
    found = {}
    for workers, cores in ((1, 2), (2, 2), (2, 3)):
        folder, notes = (tmp_path / f"{name}-{workers}-{cores}" for name in ("ws", "notes"))
        folder.mkdir()
        notes.mkdir()
        working = open_workspace(folder)._any_working
        report = cut_sources(
            [videos],
            working,
            options=CutOptions(),
            facts={},
            workers=workers,
            cores=cores,
            finish=partial(note_children, notes),
        )
        assert report.num_clips > 0
        if workers == 2:
            numbers = {note.read_text() for note in notes.iterdir()}
            assert numbers == {"0" if cores == 2 else "1"}
        files = [*working.clips_dir.iterdir(), *working.manifests_dir.iterdir()]
        texts = [(s.path, s.status, s.error, s.warnings) for s in report.sources]
        found[workers, cores] = (texts, {file.name: file.read_bytes() for file in files})
    assert found[2, 2] == found[2, 3] == found[1, 2]
    assert len(found[2, 2][0]) == 5


def read_badly(kind: str) -> Iterator[int]:
    yield os.getpid()
    if kind == "odd":
        raise ZeroDivisionError("by zero")
    if kind == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    yield os.getpid()


def read_all(kind: str) -> bool:
    """Tell whether a file was read in this process."""
    with no_helper(), apart(Path(f"{kind}.mp4"), read_badly, kind) as answers:
        return set(answers) == {os.getpid()}


def test_what_takes_a_worker_with_it_is_tried_again_apart_and_named() -> None:
    outcomes = {o.item: o for o in map_items(read_all, ["crash", "good", "odd"], workers=2)}
    assert outcomes["good"].value is True
    assert isinstance(outcomes["odd"].error, AudiosetError)
    assert str(outcomes["odd"].error) == "ZeroDivisionError: by zero"
    assert str(outcomes["crash"].error).startswith(
        "crash.mp4: the decoder crashed on it (SIGSEGV), so the file is damaged"
    )


def test_this_process_never_reads_what_could_crash_it() -> None:
    assert read_all("good") is False
