"""Cutting real recordings: every clip is a span of its source, and odd files behave."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import audioset
from audioset.curation.cut.cut import CutReport
from audioset.curation.cut.level import to_pcm
from audioset.media.decode import open_audio
from audioset.media.flac import decode_flac_pcm
from audioset.records.manifest import Clip, clips_from_table
from audioset.storage.tables import read_manifest
from audioset.workspace import Workspace

REFUSED = {
    "zero_length.mp4": "the file is empty",
    "null.wav": "holds no audio",
    "bad.wav": "a damaged WAV file",
    "evil.wav": "a damaged WAV file",
    "awful.wav": "sampling rate 1092676 Hz",
    "text_named.mp4": "not a media file",
    "truncated_no_index.mp4": "the index of the file (moov) is missing",
    "no_audio_track.mp4": "no audio track",
    "-video-with-dash-.mp4": "no audio track",
}
WITHOUT_SPEECH = {
    "silent_audio_track.mp4": "silent",
    "pure_silence.wav": "silent",
    "near_silent.wav": "silent",
    "testsrc.mp4": "no speech",
    "three_channel_tones.wav": "no speech",
}
CHANNELS_AND_RATES = {
    "speech_5_1.m4a": (6, 44_100),
    "two_channel_phone.wav": (2, 11_025),
    "three_channel_tones.wav": (3, 16_000),
    "speech_8k_alaw.wav": (1, 8_000),
    "sphere_2004.sph": (1, 11_025),
}


def cut_folder(folder: Path, work: Path, pattern: str = "") -> tuple[CutReport, Workspace]:
    work.mkdir(exist_ok=True)
    ws = audioset.open_workspace(workspace=work, name="scots")
    return ws.cut([folder / pattern if pattern else folder]), ws


def rows_of(ws: Workspace, source_id: str) -> list[Clip]:
    table = read_manifest(ws.manifests_dir / f"{source_id}.parquet")
    return list(clips_from_table(table))


@pytest.fixture(scope="module")
def odd(
    real_media: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, object], Workspace]:
    work = tmp_path_factory.mktemp("odd")
    media = shutil.copytree(real_media / "odd", work / "odd")
    report, ws = cut_folder(media, work / "work")
    return {Path(source.path).name: source for source in report.sources}, ws


def test_one_command_over_all_odd_files_finishes(odd: tuple) -> None:
    reports, ws = odd
    assert len(reports) == 34
    failed = {name for name, report in reports.items() if report.status == "failed"}
    assert failed == set(REFUSED)
    rows = [
        row
        for report in reports.values()
        if report.source
        for row in rows_of(ws, report.source.source_id)
    ]
    assert {path.name for path in ws.clips_dir.iterdir()} == {f"{row.clip_id}.flac" for row in rows}
    assert len(list(ws.manifests_dir.iterdir())) == 34 - len(REFUSED)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_file_that_cannot_be_used_is_refused_with_its_reason(odd: tuple, name: str) -> None:
    error = odd[0][name].error
    assert name in error
    assert REFUSED[name] in error


@pytest.mark.parametrize("name", sorted(WITHOUT_SPEECH))
def test_a_file_without_speech_is_described_and_not_cut(odd: tuple, name: str) -> None:
    report = odd[0][name]
    assert report.num_clips == 0
    assert any(WITHOUT_SPEECH[name] in warning for warning in report.warnings)


@pytest.mark.parametrize("name", ["truncated_60pct.mp4", "truncated_faststart_half.mp4"])
def test_a_truncated_file_is_cut_up_to_its_real_end(odd: tuple, name: str) -> None:
    reports, ws = odd
    source = reports[name].source
    assert any("shorter than announced" in warning for warning in reports[name].warnings)
    assert source.length_seconds < source.declared_seconds - 5
    ends = [row.end_sample for row in rows_of(ws, source.source_id)]
    assert ends
    assert max(ends) <= source.num_samples


@pytest.mark.parametrize("name", sorted(CHANNELS_AND_RATES))
def test_channels_and_sampling_rate_are_kept_in_the_manifest(odd: tuple, name: str) -> None:
    reports, ws = odd
    source = reports[name].source
    assert (source.channels, source.sampling_rate) == CHANNELS_AND_RATES[name]
    for row in rows_of(ws, source.source_id):
        assert (row.source_channels, row.sampling_rate) == CHANNELS_AND_RATES[name]
        assert row.channels == 1


def test_what_a_file_is_counts_not_what_it_is_called(odd: tuple) -> None:
    source = odd[0]["mp4_named_mp3.mp3"].source
    assert "mp4" in source.container
    assert source.codec == "aac"


def test_quality_problems_show_in_the_columns(odd: tuple) -> None:
    reports, ws = odd

    def worst(name: str, column: str) -> float:
        rows = rows_of(ws, reports[name].source.source_id)
        return max(abs(getattr(row, column)) for row in rows)

    assert worst("clipped_hard.wav", "clipped_share") > 0.01
    assert worst("dc_offset.wav", "dc_offset") > 0.05
    assert worst("huge_comment_tag.mp3", "clipped_share") < 0.001
    assert worst("huge_comment_tag.mp3", "dc_offset") < 0.01


def test_a_false_header_does_not_change_the_length(odd: tuple) -> None:
    assert odd[0]["wav_header_lies.wav"].source.length_seconds == pytest.approx(2.5, abs=0.01)


def assert_clips_are_spans(media: Path, work: Path, patterns: list[str]) -> None:
    """Cut, then compare every clip with the same span of a full decode of its source."""
    for pattern in patterns:
        report, ws = cut_folder(media, work, pattern)
        assert not report.failed
        for each in report.sources:
            assert each.source is not None
            assert each.num_clips > 0
            with open_audio(Path(each.path)) as audio:
                whole = to_pcm(audio.read()[0], audio.bit_depth)
            assert whole.size == each.source.num_samples
            decoded_seconds = 0.0
            for row in rows_of(ws, each.source.source_id):
                flac = (ws.clips_dir / f"{row.clip_id}.flac").read_bytes()
                pcm = decode_flac_pcm(flac, bit_depth=row.bit_depth, name=row.clip_id)
                assert np.array_equal(pcm >> 16, whole[row.start_sample : row.end_sample])
                decoded_seconds += pcm.size / row.sampling_rate
            assert each.length_seconds == pytest.approx(decoded_seconds, abs=1e-9)


def test_every_clip_of_the_videos_is_a_span_of_its_source(real_media: Path, tmp_path: Path) -> None:
    assert_clips_are_spans(real_media / "video", tmp_path, ["*.mp4"])


def test_every_clip_of_the_long_recordings_is_a_span_of_its_source(
    real_media: Path, tmp_path: Path
) -> None:
    assert_clips_are_spans(real_media / "long", tmp_path, ["lj_*.flac", "libri_*.mp4"])


@pytest.mark.slow
def test_every_clip_of_the_longest_recording_is_a_span_of_its_source(
    real_media: Path, tmp_path: Path
) -> None:
    assert_clips_are_spans(real_media / "long", tmp_path, ["fleurs_*.mp4"])


def test_thirty_takes_give_thirty_clips(real_media: Path, tmp_path: Path) -> None:
    report, ws = cut_folder(real_media / "video", tmp_path, "three_takes_digits.mp4")
    source = report.sources[0].source
    assert source is not None
    truth = (real_media / "video" / "three_takes_digits.segments.csv").read_text().splitlines()[1:]
    rows = rows_of(ws, source.source_id)
    assert len(rows) == len(truth) == 30
    for row, line in zip(rows, truth, strict=True):
        start, end = (float(value) for value in line.split(",")[:2])
        overlap = min(end, row.end_seconds) - max(start, row.start_seconds)
        assert overlap > 0.7 * (end - start)
