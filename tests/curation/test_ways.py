"""Every way to cut, on spoken audio whose truth is known."""

from pathlib import Path

import av
import numpy as np
import pytest

import audioset
from audioset.curation.cut.level import to_pcm
from audioset.errors import InvalidInputError
from audioset.media.decode import open_audio
from audioset.media.flac import decode_flac, decode_flac_pcm
from audioset.records.cut_options import CutOptions
from audioset.records.manifest import Clip, clips_from_table
from audioset.storage.tables import read_manifest
from audioset.workspace import Workspace
from tests.sounds import SPEECH_RATE, noise, silence, spoken, tone, write_audio, write_speech


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return audioset.init(tmp_path / "work", name="scots")


def cut(ws: Workspace, source: Path, **options: object) -> list[Clip]:
    report = ws.cut([source], options=CutOptions(**options))  # type: ignore[arg-type]
    assert not report.failed, report.failed
    found = report.sources[0].source
    assert found is not None
    table = read_manifest(ws.manifests_dir / f"{found.source_id}.parquet")
    return list(clips_from_table(table))


def warnings_of(ws: Workspace, source: Path, **options: object) -> str:
    report = ws.cut([source], options=CutOptions(**options))  # type: ignore[arg-type]
    return "; ".join(report.sources[0].warnings)


def pcm_of(ws: Workspace, clip: Clip) -> np.ndarray:
    flac = (ws.clips_dir / f"{clip.clip_id}.flac").read_bytes()
    return decode_flac_pcm(flac, bit_depth=clip.bit_depth, name=clip.clip_id)


def test_windows_cover_the_source_without_gap_or_overlap(tmp_path: Path, ws: Workspace) -> None:
    path = write_audio(tmp_path / "hum.wav", tone(200, 7.3, 16_000), 16_000)
    clips = cut(ws, path, by="windows", every_seconds=2.0)
    assert [(c.start_sample, c.end_sample) for c in clips] == [
        (0, 32_000),
        (32_000, 64_000),
        (64_000, 96_000),
        (96_000, 116_800),
    ]
    whole = open_pcm(path)
    assert np.array_equal(np.concatenate([pcm_of(ws, c) for c in clips]) >> 16, whole)


def open_pcm(path: Path, **choice: object) -> np.ndarray:
    with open_audio(path, **choice) as audio:  # type: ignore[arg-type]
        return to_pcm(audio.read()[0], 16)


def test_windows_overlap_as_asked_and_none_lies_inside_another(
    tmp_path: Path, ws: Workspace
) -> None:
    path = write_audio(tmp_path / "hum.wav", tone(200, 5.0, 16_000), 16_000)
    clips = cut(ws, path, by="windows", every_seconds=2.0, overlap_seconds=1.0)
    assert [(c.start_seconds, c.end_seconds) for c in clips] == [(0, 2), (1, 3), (2, 4), (3, 5)]


def test_snapped_windows_do_not_cut_speech(tmp_path: Path, ws: Workspace) -> None:
    path = tmp_path / "talk.wav"
    said = write_speech(path)
    clips = cut(ws, path, by="windows", every_seconds=1.7, snap=True, snap_seconds=2.0)
    assert len(clips) >= 3
    for clip in clips:
        for edge in (clip.start_seconds, clip.end_seconds):
            inside = [
                take for take in said if take.start_seconds + 0.06 < edge < take.end_seconds - 0.06
            ]
            assert not inside, (edge, inside)


def test_silence_is_found_by_level_alone(tmp_path: Path, ws: Workspace) -> None:
    hum = tone(300, 1.0, 16_000, level=0.2)
    quiet = noise(1.0, 16_000, level=0.0003)
    path = write_audio(
        tmp_path / "hum.wav", np.concatenate([quiet, hum, quiet, hum, quiet]), 16_000
    )
    assert cut(ws, path) == []  # no speech
    clips = cut(ws, path, by="silence")
    assert [round(c.start_seconds) for c in clips] == [1, 3]
    assert all(c.length_seconds == pytest.approx(1.2, abs=0.15) for c in clips)


def test_a_recording_below_the_silence_is_explained(tmp_path: Path, ws: Workspace) -> None:
    path = write_audio(tmp_path / "hum.wav", tone(300, 2.0, 16_000, level=0.003), 16_000)
    assert "--silence" in warnings_of(ws, path, by="silence")
    assert len(cut(ws, path, by="silence", silence_dbfs=-70.0)) == 1


def test_short_speech_is_merged_with_its_neighbour(tmp_path: Path, ws: Workspace) -> None:
    hum = tone(300, 0.3, 16_000, level=0.2)
    path = write_audio(
        tmp_path / "hum.wav",
        np.concatenate(
            [silence(1, 16_000), hum, silence(0.6, 16_000), hum, silence(2, 16_000), hum]
        ),
        16_000,
    )
    assert len(cut(ws, path, by="silence")) == 3
    merged = cut(ws, path, by="silence", merge_seconds=0.5)
    assert [c.length_seconds for c in merged] == pytest.approx([1.4, 0.5], abs=0.1)


@pytest.fixture
def stereo(tmp_path: Path) -> Path:
    """Isla on the left; on the right she begins 1.3 s later."""
    samples, _ = spoken()
    late = np.concatenate([silence(1.3, SPEECH_RATE), samples])[: samples.size]
    return write_audio(tmp_path / "phone.wav", np.stack([samples, late]), SPEECH_RATE)


def test_each_channel_gives_clips_of_its_own(stereo: Path, ws: Workspace) -> None:
    clips = cut(ws, stereo, channels="each")
    by_channel = {n: [c for c in clips if c.channel == n] for n in (1, 2)}
    assert len(by_channel[1]) == 6
    assert len(by_channel[2]) >= 5
    assert len({c.clip_id for c in clips}) == len(clips)
    assert "-c2-" in by_channel[2][0].clip_id
    left = cut(ws, stereo, channels="left")
    assert [c.pcm_sha256 for c in left] == [c.pcm_sha256 for c in by_channel[1]]
    # The clips of the cut before are gone: one manifest per source, replaced whole.
    assert {p.stem for p in ws.clips_dir.iterdir()} == {c.clip_id for c in left}


def test_a_missing_channel_or_track_is_one_clear_line(tmp_path: Path, ws: Workspace) -> None:
    path = write_audio(tmp_path / "mono.wav", tone(200, 1, 16_000), 16_000)
    right = ws.cut([path], options=CutOptions(channels="right"))
    assert "one channel only" in (right.failed[0].error or "")
    second = ws.cut([path], options=CutOptions(track=2))
    assert "no audio track 2" in (second.failed[0].error or "")


def test_a_second_track_can_be_chosen(tmp_path: Path, ws: Workspace) -> None:
    samples, _ = spoken()
    first = write_audio(tmp_path / "a.wav", tone(300, 4, SPEECH_RATE), SPEECH_RATE)
    second = write_audio(tmp_path / "b.wav", samples, SPEECH_RATE)
    both = join_tracks(tmp_path / "both.mkv", [first, second])
    assert cut(ws, both) == []
    clips = cut(ws, both, track=2)
    assert len(clips) == 6
    assert {c.track for c in clips} == {2}
    assert all("-t2-" in c.clip_id for c in clips)


def join_tracks(path: Path, parts: list[Path]) -> Path:
    opened = [av.open(str(part)) for part in parts]
    with av.open(str(path), "w") as out:
        streams = [out.add_stream_from_template(part.streams.audio[0]) for part in opened]
        for part, stream in zip(opened, streams, strict=True):
            for packet in part.demux(audio=0):
                if packet.dts is not None:
                    packet.stream = stream
                    out.mux(packet)
    for part in opened:
        part.close()
    return path


@pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
def test_clips_come_at_the_asked_rate_and_at_the_same_times(
    tmp_path: Path, ws: Workspace, rate: int
) -> None:
    path = tmp_path / "talk.wav"
    write_speech(path)
    native = cut(ws, path)
    clips = cut(ws, path, sampling_rate=rate)
    assert [c.start_seconds for c in clips] == pytest.approx(
        [c.start_seconds for c in native], abs=0.11
    )
    for clip in clips:
        samples, found = decode_flac((ws.clips_dir / f"{clip.clip_id}.flac").read_bytes(), name="")
        assert found == rate == clip.sampling_rate
        assert samples.size == clip.num_samples
        assert clip.length_seconds == pytest.approx(clip.end_seconds - clip.start_seconds)
        at = clip.start_sample / SPEECH_RATE
        assert at == pytest.approx(clip.start_seconds, abs=1 / SPEECH_RATE)


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("block_seconds", [0.1, 2.0, 7.0])
def test_workers_and_block_size_do_not_change_a_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int, block_seconds: float
) -> None:
    from audioset.media import decode

    samples, _ = spoken()
    path = write_audio(
        tmp_path / "talk.m4a", np.stack([samples, samples[::-1]]), SPEECH_RATE, codec="aac"
    )
    reference = audioset.init(tmp_path / "one", name="scots")
    reference.cut([path], workers=1)
    monkeypatch.setattr(decode, "BLOCK_SECONDS", block_seconds)
    other = audioset.init(tmp_path / "other", name="scots")
    other.cut([path], workers=workers)
    assert files(other) == files(reference)


def files(ws: Workspace) -> dict[str, bytes]:
    folders = (ws.clips_dir, ws.manifests_dir)
    return {path.name: path.read_bytes() for folder in folders for path in folder.iterdir()}


def test_labels_for_a_cut_by_speech_are_a_mistake(tmp_path: Path, ws: Workspace) -> None:
    with pytest.raises(InvalidInputError, match="cut by labels"):
        ws.cut(tmp_path / "a.wav", labels=tmp_path / "a.srt", options={"by": "speech"})


def test_the_right_channel_is_channel_two(stereo: Path, ws: Workspace) -> None:
    each = [c for c in cut(ws, stereo, channels="each") if c.channel == 2]
    right = cut(ws, stereo, channels="right")
    assert [(c.clip_id, c.pcm_sha256) for c in right] == [(c.clip_id, c.pcm_sha256) for c in each]


def test_a_low_threshold_does_not_make_everything_speech(tmp_path: Path, ws: Workspace) -> None:
    samples, _ = spoken()
    quiet = noise(15, SPEECH_RATE, level=0.001)
    path = write_audio(tmp_path / "a.wav", np.concatenate([quiet, samples, quiet]), SPEECH_RATE)
    clips = cut(ws, path, threshold=0.1)
    assert sum(clip.length_seconds for clip in clips) < 14


def test_cues_far_apart_are_measured_at_their_own_place(tmp_path: Path, ws: Workspace) -> None:
    """Frames lag behind the sound; after a long gap between cues they must not have shifted."""
    samples, said = spoken()
    gap = noise(30, SPEECH_RATE, level=0.001)
    path = write_audio(tmp_path / "a.wav", np.concatenate([gap, samples, gap]), SPEECH_RATE)
    start, end = 30 + said[0].start_seconds - 0.3, 30 + said[-1].end_seconds + 0.3
    labels = tmp_path / "a.csv"
    labels.write_text(f"start,end,text\n{start:.3f},{end:.3f},all of it\n")
    for snap in (False, True):
        options = CutOptions(by="labels", snap=snap)
        report = ws.cut([path], options=options, labels=labels)
        assert report.num_clips == 1
        clip = next(clips_from_table(read_manifest(next(ws.manifests_dir.iterdir()))))
        if snap:
            assert clip.start_seconds == pytest.approx(start + 0.2, abs=0.1)
            assert clip.end_seconds == pytest.approx(end - 0.2, abs=0.15)
        else:
            assert clip.head_silence_seconds == pytest.approx(0.3, abs=0.1)
            assert clip.tail_silence_seconds == pytest.approx(0.3, abs=0.15)


def test_cues_that_become_one_span_do_not_fail_the_source(tmp_path: Path, ws: Workspace) -> None:
    path = write_audio(tmp_path / "a.wav", tone(200, 3, 16_000), 16_000)
    labels = tmp_path / "a.csv"
    labels.write_text("start,end,text\n0,1,first\n1,5,second\n1,6,third\n")
    report = ws.cut([path], options=CutOptions(by="labels"), labels=labels)
    assert report.num_clips == 2
    assert "same span" in "; ".join(report.sources[0].warnings)


def test_a_cut_that_fails_leaves_the_earlier_one_as_it_was(
    tmp_path: Path, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from audioset.curation.cut import new_clips

    path = write_audio(tmp_path / "a.wav", tone(200, 5, 16_000), 16_000)
    cut(ws, path, by="windows", every_seconds=1.0)
    before, calls = files(ws), []

    def stop(*words: object, **named: object) -> None:
        calls.append(words)
        if len(calls) == 3:
            raise KeyboardInterrupt
        written(*words, **named)  # type: ignore[arg-type]

    written = new_clips.write_clip_file
    monkeypatch.setattr(new_clips, "write_clip_file", stop)
    options = CutOptions(by="windows", every_seconds=1.0, sampling_rate=8_000)
    with pytest.raises(KeyboardInterrupt):
        ws.cut([path], options=options, workers=1)
    assert files(ws) == before


def test_speech_to_the_very_last_sample_is_cut(tmp_path: Path, ws: Workspace) -> None:
    samples, said = spoken()
    at = round(said[0].end_seconds * SPEECH_RATE) - 1_000
    path = write_audio(tmp_path / "a.wav", np.tile(samples[:at], 30), SPEECH_RATE)
    assert cut(ws, path, max_seconds=2.0, pause_seconds=30.0)
