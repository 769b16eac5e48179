"""Real recordings cut by their subtitles and labels: counts, texts and times are the truth's."""

import csv
import shutil
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

import audioset
from audioset.cli.app import run
from audioset.curation.cut.source_report import SourceReport
from audioset.media.flac import decode_flac
from audioset.records.cut_options import CutOptions
from audioset.records.manifest import Clip, clips_from_table
from audioset.storage.tables import read_manifest
from tests.media.test_clock import RATE, counting, second_of
from tests.media.test_subtitle_stream import ASS_HEADER
from tests.sounds import write_audio, write_speech

SONNET = ("srt", "vtt", "eaf", "textgrid", "sbv", "ttml", "csv", "tsv", "aud")


def cut(
    work: Path, source: Path, labels: Path | None = None, **options: object
) -> tuple[SourceReport, list[Clip]]:
    work.mkdir(exist_ok=True)
    ws = audioset.open_workspace(workspace=work, name="scots")
    made = CutOptions.from_mapping({"by": "labels", **options})
    report = ws.cut([source], options=made, labels=labels).sources[0]
    assert report.error is None, report.error
    assert report.source is not None
    table = read_manifest(ws.manifests_dir / f"{report.source.source_id}.parquet")
    return report, list(clips_from_table(table))


def truth(path: Path) -> list[tuple[float, float, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return [
            (float(row["start_seconds"]), float(row["end_seconds"]), row["text"])
            for row in csv.DictReader(file)
        ]


def assert_equal(clips: list[Clip], expected: list[tuple[float, float, str]]) -> None:
    assert len(clips) == len(expected)
    for clip, (start, end, text) in zip(clips, expected, strict=True):
        tolerance = 0.001 + 1 / clip.sampling_rate  # subtitles are rounded to milliseconds
        assert clip.start_seconds == pytest.approx(start, abs=tolerance)
        assert clip.end_seconds == pytest.approx(end, abs=tolerance)
        assert clip.text == text


def test_nine_formats_of_one_sonnet_give_identical_clips(real_media: Path, tmp_path: Path) -> None:
    folder = real_media / "audio"
    found = {}
    for kind in SONNET:
        _, clips = cut(tmp_path / kind, folder / "sonnet_001.mp3", folder / f"sonnet_001.{kind}")
        found[kind] = clips
    reference = found["srt"]
    assert len(reference) == 15
    assert reference[1].text == "From fairest creatures we desire increase,"
    for kind, clips in found.items():
        assert [c.clip_id for c in clips] == [c.clip_id for c in reference], kind
        assert [c.audio_sha256 for c in clips] == [c.audio_sha256 for c in reference], kind
        if kind != "tsv":  # its labels are ids, not texts
            assert [c.text for c in clips] == [c.text for c in reference], kind
    assert found["srt"][0].text_source == "subtitles"
    assert found["eaf"][0].text_source == "human"


def test_a_tier_of_elan_is_the_truth_of_the_fable(real_media: Path, tmp_path: Path) -> None:
    folder = real_media / "audio"
    expected = truth(real_media / "video" / "aesop_fable.segments.csv")
    source, labels = folder / "aesop_fable.ogg", folder / "aesop_fable.eaf"
    _, clips = cut(tmp_path, source, labels, tier="StoryChunk")
    assert_equal(clips, expected)


@pytest.mark.parametrize(
    "name",
    [
        "video/aesop_fable.mp4",
        "video/three_takes_digits.mp4",
        "long/libri_27_124992.mp4",
        "long/lj_chapter01.flac",
        pytest.param("long/fleurs_du_mal_01_14.mp4", marks=pytest.mark.slow),
    ],
)
def test_subtitles_beside_a_recording_are_its_truth(
    real_media: Path, tmp_path: Path, name: str
) -> None:
    source = real_media / name
    report, clips = cut(tmp_path, source, by="subtitles")
    assert_equal(clips, truth(source.with_suffix(".segments.csv")))
    assert not any("cue" in warning for warning in report.warnings)


@pytest.mark.parametrize(
    ("name", "count", "end"), [("wai_keyboard", 4, 16.5), ("rabbit_voiceover", 3, 13.77)]
)
def test_captions_that_run_past_the_end_are_trimmed_and_reported(
    real_media: Path, tmp_path: Path, name: str, count: int, end: float
) -> None:
    report, clips = cut(tmp_path, real_media / "video" / f"{name}.mp4", by="subtitles")
    assert len(clips) == count
    assert clips[-1].end_seconds == pytest.approx(end, abs=0.1)
    assert all(clip.text and "\n" not in clip.text for clip in clips)
    if name == "wai_keyboard":
        assert any("trimmed" in warning for warning in report.warnings)


@pytest.mark.parametrize(("name", "turns"), [("05", 7), ("06", 6), ("07", 10), ("08", 16)])
def test_speaker_turns_become_clips_with_their_speaker(
    real_media: Path, tmp_path: Path, name: str, turns: int
) -> None:
    source = real_media / "audio" / f"ami_trn{name}.flac"
    lines = [line.split() for line in source.with_suffix(".rttm").read_text().splitlines()]
    assert len(lines) == turns
    _, clips = cut(tmp_path, source)
    expected = sorted((float(row[3]), float(row[3]) + float(row[4]), row[7]) for row in lines)
    assert len(clips) == len(expected)
    for clip, (start, end, speaker) in zip(clips, expected, strict=True):
        assert clip.start_seconds == pytest.approx(start, abs=1e-4)
        assert clip.end_seconds == pytest.approx(min(end, 30.0), abs=1e-3)
        assert clip.speaker == speaker


@pytest.mark.parametrize("name", ["embedded_mov_text.mp4", "embedded_webvtt.mkv"])
def test_subtitles_inside_the_file_are_used_when_there_are_none_beside(
    real_media: Path, tmp_path: Path, name: str
) -> None:
    source = shutil.copy(real_media / "odd" / name, tmp_path)
    _, clips = cut(tmp_path / "work", Path(source), by="subtitles")
    assert clips
    assert all(clip.text and clip.text_source == "subtitles" for clip in clips)


def test_snap_moves_captions_out_of_speech(real_media: Path, tmp_path: Path) -> None:
    """Captions shifted by 0.3 s cut into words; snapped they do not."""
    source = shutil.copy(real_media / "video" / "three_takes_digits.mp4", tmp_path)
    rows = truth(real_media / "video" / "three_takes_digits.segments.csv")
    late = tmp_path / "late.csv"
    lines = [f"{start + 0.2:.3f},{end + 0.2:.3f},{text}" for start, end, text in rows]
    late.write_text("start_seconds,end_seconds,text\n" + "\n".join(lines))
    _, exact = cut(tmp_path / "exact", Path(source), late)
    _, snapped = cut(tmp_path / "snapped", Path(source), late, snap=True)
    assert [c.text for c in snapped] == [text for _, _, text in rows]
    for clip, (start, end, _) in zip(snapped, rows, strict=True):
        assert clip.start_seconds < start + 0.17  # the takes begin with some silence
        assert clip.end_seconds > end - 0.15
    cut_words = sum(clip.edge_speech > 0.5 for clip in exact)
    assert cut_words > 5
    assert sum(clip.edge_speech > 0.5 for clip in snapped) == 0


def test_changed_labels_cut_again_and_equal_ones_do_not(tmp_path: Path) -> None:
    write_speech(tmp_path / "talk.wav")
    labels = tmp_path / "talk.srt"
    labels.write_text("1\n00:00:01,000 --> 00:00:02,500\ngood morning\n")
    work = tmp_path / "work"
    assert cut(work, tmp_path / "talk.wav", by="subtitles")[0].status == "cut"
    assert cut(work, tmp_path / "talk.wav", by="subtitles")[0].status == "unchanged"
    labels.write_text("1\n00:00:01,000 --> 00:00:02,500\ngood evening\n")
    report, clips = cut(work, tmp_path / "talk.wav", by="subtitles")
    assert report.status == "cut"
    assert [clip.text for clip in clips] == ["good evening"]


def test_a_source_without_labels_is_one_clear_line(tmp_path: Path) -> None:
    write_speech(tmp_path / "talk.wav")
    ws = audioset.init(tmp_path / "work", name="scots")
    report = ws.cut([tmp_path / "talk.wav"], options=CutOptions(by="subtitles"))
    assert "no subtitle file of the same name" in (report.failed[0].error or "")
    report = ws.cut([tmp_path / "talk.wav"], options=CutOptions(by="labels"))
    assert "no label file of the same name" in (report.failed[0].error or "")


def write_with_gap(path: Path, *, late_seconds: float = 0.0) -> None:
    """Write a film of 12 s whose sound lacks the seconds 4 to 7, with subtitles inside.

    Pictures begin at 0, sound later if it is to; each second has a tone of its own.
    """
    sound = write_audio(path.with_name("sound.mka"), counting(), RATE, codec="flac")
    with av.open(str(sound)) as old, av.open(str(path), "w") as new:
        video = new.add_stream("mpeg4", rate=5)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        audio = new.add_stream_from_template(old.streams.audio[0])
        texts = new.add_stream("ass")
        texts.time_base = Fraction(1, 1000)
        texts.codec_context.subtitle_header = ASS_HEADER
        for _ in range(60):
            picture = np.zeros((64, 64, 3), np.uint8)
            new.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        new.mux(video.encode(None))
        for packet in old.demux(old.streams.audio[0]):
            if packet.pts is not None and not 4 <= packet.pts * packet.time_base < 7:
                packet.pts = packet.dts = packet.pts + round(late_seconds / packet.time_base)
                packet.stream = audio
                new.mux(packet)
        for start, text in CUES:
            packet = av.Packet(f"{start},0,Default,,0,0,0,,{text}".encode())
            packet.stream, packet.time_base = texts, Fraction(1, 1000)
            packet.pts = packet.dts = round((start + late_seconds) * 1000)
            packet.duration = 1000
            new.mux(packet)
    srt = [
        f"{number}\n00:00:{start + late_seconds:06.3f} --> 00:00:{start + late_seconds + 1:06.3f}\n"
        f"{text}\n"
        for number, (start, text) in enumerate(CUES, 1)
    ]
    (path.parent / "beside.srt").write_text("\n".join(srt).replace(".", ","))
    rows = [f"{s + late_seconds},{s + late_seconds + 1},{text}" for s, text in CUES]
    (path.parent / "beside.csv").write_text("\n".join(["start_seconds,end_seconds,text", *rows]))


CUES = [(1, "1"), (3, "3"), (5, "lost"), (8, "8"), (10, "10")]


@pytest.mark.parametrize("late_seconds", [0.0, 1.5])
@pytest.mark.parametrize("beside", ["beside.srt", "beside.csv", None])
def test_cues_follow_a_player_over_lost_sound(
    tmp_path: Path, *, late_seconds: float, beside: str | None
) -> None:
    write_with_gap(tmp_path / "film.mkv", late_seconds=late_seconds)
    labels = tmp_path / beside if beside else None
    by = "labels" if beside == "beside.csv" else "subtitles"
    report, clips = cut(tmp_path / "work", tmp_path / "film.mkv", labels, by=by)
    assert [clip.text for clip in clips] == ["1", "3", "8", "10"]
    for clip in clips:
        flac = (tmp_path / "work" / "clips" / f"{clip.clip_id}.flac").read_bytes()
        samples, _ = decode_flac(flac, name=clip.clip_id)
        assert str(second_of(samples[9600:-9600])) == clip.text
        assert clip.start_sample == round(clip.start_seconds * RATE)
    assert clips[2].start_seconds == pytest.approx(8 - 3, abs=0.1)  # counted by samples
    told = [w for w in report.warnings if "missing inside, in 1 place" in w]
    assert len(told) == 1
    assert "1 cue lies in it, left out" in report.warnings


def test_cues_in_another_unit_are_refused_until_somebody_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_speech(tmp_path / "talk.wav")
    # As samples, each cue is longer than a clip may be; none of them is lost on the way.
    (tmp_path / "talk.csv").write_text("start,end,text\n22050,55125,one\n66150,99225,two\n")
    words = ["cut", str(tmp_path / "talk.wav"), "--labels", "talk.csv"]
    assert run(words) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "2 of 2 cues lie beyond the end" in told
    assert "--time-unit samples@22050" in told
    assert not list((tmp_path / "clips").glob("*.flac"))
    assert run([*words, "--time-unit", "samples@22050"]) == 0
    assert run([*words, "--time-unit", "samples@22050", "--shift", "0.5"]) == 0
    clips = list(clips_from_table(read_manifest(next((tmp_path / "manifests").iterdir()))))
    assert [(clip.start_seconds, clip.end_seconds) for clip in clips] == [(1.5, 3), (3.5, 5)]
    # What is not said is the source's own, where it has one.
    assert run([*words[:2], "--shift", "1"]) == 0
    clips = list(clips_from_table(read_manifest(next((tmp_path / "manifests").iterdir()))))
    assert [clip.start_seconds for clip in clips] == [2.0, 4.0]
    (tmp_path / "other.wav").write_bytes((tmp_path / "talk.wav").read_bytes() + b"\0\0")
    assert run(["cut", "other.wav", "--shift", "0.5"]) == 1
    assert "a cut by speech has no cues to move" in capsys.readouterr().out


def test_what_was_not_understood_is_told_under_the_name_of_the_file(tmp_path: Path) -> None:
    write_speech(tmp_path / "talk.wav")
    labels = tmp_path / "talk.srt"
    times = "00:00:0{},000 --> 00:00:0{},000"
    labels.write_text(
        f"1\n{times.format(1, 2)}\n[SPEAKER_00]: good\n\n2\n00:00:02,x\u2192 --> 00:00:03,000\n"
        f"morning\n\n3\n{times.format(3, 4)}\n[Music]\n"
    )
    report, (clip,) = cut(tmp_path / "work", tmp_path / "talk.wav", by="subtitles")
    assert (clip.speaker, clip.text) == ("SPEAKER_00", "good")
    assert report.source is not None
    (told,) = (each for each in report.source.warnings if each.startswith("talk.srt: "))
    assert told == (
        "talk.srt: 1 of 3 cues not understood; line 6: '00:00:02,x\u2192 --> 00:00:03,000' are not "
        "two times; the cue is left out; speakers were read from the text, which no longer names "
        "them: 'SPEAKER_00' (1); 1 cue (line 10: '[Music]') in which nobody speaks, left out"
    )


def test_a_file_of_which_nothing_is_understood_fails_with_its_reason(tmp_path: Path) -> None:
    write_speech(tmp_path / "talk.wav")
    ws = audioset.init(tmp_path / "work", name="scots")
    for text, reason in (
        ("1\n00:00:01,000 --> soon\nhi\n", "nothing in it can be cut: 1 of 1 cues not understood"),
        ("{25}{75}hi\n", "holds times as frames of the video (MicroDVD)"),
    ):
        (tmp_path / "talk.srt").write_text(text)
        report = ws.cut([tmp_path / "talk.wav"], options=CutOptions(by="subtitles"))
        assert reason in (report.failed[0].error or "")
