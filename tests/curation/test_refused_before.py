"""What could not be cut by lines, and is cut by the defaults later."""

from pathlib import Path

import numpy as np

import audioset
from audioset import TranscriptOptions
from tests.sounds import write_audio


def test_a_plain_cut_after_a_refused_cut_by_lines_says_what_was_meant(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "scots")
    for name, num_samples in (("a.wav", 8_000), ("b.wav", 8_001)):
        write_audio(tmp_path / name, np.zeros(num_samples, np.float32), 8_000)
    (tmp_path / "lines.txt").write_text("Aye.\nNaw.\n")
    sources = [tmp_path / "a.wav", tmp_path / "b.wav"]
    lines = TranscriptOptions(path=tmp_path / "lines.txt", aligner="structural")
    found = ws.cut(sources, transcript=lines)
    assert len(found.failed) == 2
    [note] = ws.cut(sources[:1]).notes
    assert note.startswith(f"a.wav was not cut by the lines of {tmp_path / 'lines.txt'} when that")
    assert "and now by speech: --transcript" in note
    assert not ws.cut(sources[:1], options={"by": "silence"}).notes  # somebody chose
    [note] = ws.cut(sources).notes  # the other one still
    assert note.startswith("b.wav was not cut by")
    assert not ws.cut(sources, options={"pad_seconds": 0.1}).notes  # told once
