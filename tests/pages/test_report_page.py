"""The page of a report: whole by itself, harmless, bounded, and without what must not be in it."""

import base64
import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

import audioset
from audioset.cli.app import run
from audioset.curation.workspace.clip_audio import AudioPlace
from audioset.errors import StorageError
from audioset.media.encoders.mp3 import encode_mp3
from audioset.media.flac import decode_flac, encode_flac
from audioset.pages import report as report_page
from audioset.pages.report import make_report_page
from audioset.workspace import Workspace
from tests.workspaces import add_source, make_workspace

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """scots@v1 and @v2, and working clips: one rejected, one accepted, three of an evil source."""
    ws = make_workspace(tmp_path_factory.mktemp("report") / "scots", sources=2, clips_per_source=4)
    ws.split(options={"by": "source", "test": 0.5, "validation": 0}, yes=True)
    ws.publish(track=False)
    first, second, third, *_ = clip_ids(ws)
    ws.decide(
        [
            audioset.Decision("clip", first, "accepted", False),
            audioset.Decision("clip", second, "accepted", True),
            audioset.Decision("clip", third, "text", "quite other words"),
        ]
    )
    ws.publish(track=False)
    ws.decide(
        [
            audioset.Decision("clip", third, "accepted", "unsure"),
            audioset.Decision("clip", third, "note", "a private word"),
        ]
    )
    add_source(ws, f"{EVIL}.mp4", 3, text=EVIL, speaker=EVIL, flags=f"odd_length,{EVIL}")
    return ws


def clip_ids(ws: Workspace) -> list[str]:
    """Give the ids of the first eight clips: the evil ones are left out."""
    return sorted(path.stem for path in ws.clips_dir.glob("talk*.flac"))


def sounds_of(page: str) -> dict[str, bytes]:
    (text,) = re.findall(r'<script type="application/json" id="audio">(.*?)</script>', page, re.S)
    return {key: base64.b64decode(value) for key, value in json.loads(text).items()}


def test_the_page_of_a_version_tells_and_plays_all_of_it(ws: Workspace, tmp_path: Path) -> None:
    report = ws.report("scots@v2", to=tmp_path / "new" / "v2.html")
    page = (tmp_path / "new" / "v2.html").read_text()
    assert "Report of scots@v2" in page
    assert set(sounds_of(page)) == set(clip_ids(ws)[1:])
    for head in ("Verdicts", "Splits", "Flags", "What was measured", "By speaker", "By source"):
        assert head in page
    assert "Changes since scots@v1" in page
    assert re.search("<ins>quite", page)
    assert report.diff is not None
    assert (len(report.diff.removed), len(report.diff.retexted)) == (1, 1)
    assert report.certificate is not None
    assert page.count("<h1>") == 1


def test_nothing_is_loaded_and_nothing_but_ours_runs(ws: Workspace, tmp_path: Path) -> None:
    ws.report(to=tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert not re.search(r"(?:src|href)=\"(?!#)|url\(|@import|fetch\(|https?://(?!www\.w3)", page)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "style=" not in page
    assert page.index("Content-Security-Policy") < page.index("<style>")
    # What people wrote stands there as text alone.
    assert page.count("<script") == page.count("</script>") == 2
    assert "<img" not in page
    assert EVIL in unescape(page)


def test_rejected_clips_are_only_counted(ws: Workspace, tmp_path: Path) -> None:
    rejected = clip_ids(ws)[0]
    for what, words in ((None, "1 rejected clips"), ("scots@v2", "<td>removed</td>")):
        report = ws.report(what, to=tmp_path / "page.html")
        page = (tmp_path / "page.html").read_text()
        assert rejected not in page
        assert "a private word" not in page
        assert words in page
    assert ws.report(to=tmp_path / "page.html").verdicts == {
        "accepted": 1,
        "rejected": 1,
        "unsure": 1,
        "nobody judged": 8,
    }
    assert report.diff is not None
    assert [clip.clip_id for clip in report.diff.removed] == [rejected]


def test_sound_is_bounded_and_what_does_not_fit_is_told(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = ws.report("scots@v1", to=tmp_path / "page.html")
    monkeypatch.setattr(report_page, "REPORT_AUDIO_BYTES", 3_000)
    clips = ws._clip_set("scots@v1")
    page = make_report_page(report, clips.audio)
    sounds = sounds_of(page)
    assert 0 < sum(map(len, sounds.values())) <= 3_000
    left_out = len(report.heard) - len(sounds)
    assert left_out > 0
    assert page.count("would become too large") >= left_out


class LongSound:
    """A clip of 25 seconds, whichever is asked for; one cannot be read."""

    def read(self, place: AudioPlace) -> bytes:
        if place.clip_id == "broken":
            raise StorageError("no")
        import numpy as np

        return encode_flac(np.zeros(25 * 8000, np.int16), 8000)


def test_of_a_long_clip_the_first_part_is_heard_and_a_broken_one_is_told(
    ws: Workspace, tmp_path: Path
) -> None:
    report = ws.report("scots@v1", to=tmp_path / "page.html")
    two = replace(
        report,
        worst=(report.worst[0], replace(report.worst[1], clip_id="broken")),
        best=(),
        random=(),
    )
    page = make_report_page(two, LongSound())
    assert page.count("its first 20 seconds") == 1
    assert page.count("its audio cannot be read") == 1


@pytest.mark.parametrize(("rate", "kept"), [(8000, 8000), (16000, 16000), (48000, 24000)])
def test_an_mp3_is_as_long_as_its_clip(rate: int, kept: int, ws: Workspace) -> None:
    import io

    import numpy as np
    import soundfile

    samples, _ = decode_flac(next(ws.clips_dir.glob("*.flac")).read_bytes(), name="")
    sound = np.resize(samples, rate).astype(np.float32)
    with soundfile.SoundFile(io.BytesIO(encode_mp3(sound, rate))) as file:
        assert file.samplerate == kept
        assert file.frames / file.samplerate == pytest.approx(1.0, abs=0.1)


def test_the_command_says_where_the_page_is_and_gives_all_as_json(
    ws: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(ws.folder)
    page = tmp_path / "page.html"
    assert run(["report", "--to", str(page)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("scots: 10 clips, 0:00:0")
    assert f"report in {page} (0." in err
    assert "1 rejected clip left out" in err
    assert run(["report", "scots@v1", "--to", str(page), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["name"], told["description"]["num_clips"]) == ("scots@v1", 8)
    assert told["worst"][0].keys() >= {"clip_id", "text", "badness"}
    with pytest.raises(StorageError, match="cannot write"):
        ws.report(to=tmp_path)
