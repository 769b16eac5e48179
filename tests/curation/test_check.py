"""What each rule of `audioset check` finds and what it lets pass."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import audioset
from audioset.cli.app import run
from audioset.curation.workspace.review_address import keep_review_address
from audioset.errors import InvalidInputError
from audioset.records.manifest import Clip, table_from_clips
from audioset.storage.tables import write_manifest
from audioset.workspace import Workspace
from tests.workspaces import add_source, make_clip

# A clip that no rule has anything against: ten letters in one second.
FINE = {
    "loudness_lufs": -23.0, "peak_dbfs": -3.0, "clipped_share": 0.0, "dc_offset": 0.0,
    "snr_db": 30.0, "speech_share": 0.7, "bandwidth_hz": 3800.0, "edge_speech": 0.1,
    "text": "ten letters",
}  # fmt: skip


def workspace_of(folder: Path, *clips: Clip) -> Workspace:
    ws = audioset.init(folder, name="scots")
    for clip in clips:
        write_manifest(ws.manifests_dir / f"{clip.source_id}.parquet", table_from_clips([clip]))
    return ws


def clip_with(name: str = "talk.wav", **values: object) -> Clip:
    clip, _ = make_clip(name, 0, seconds=1.0, **FINE)
    return replace(clip, **values)  # type: ignore[arg-type]


def rules_found(folder: Path, *clips: Clip, **options: object) -> dict[str, int]:
    """Check the clips' rows; what needs audio is left out."""
    ws = workspace_of(folder, *clips)
    report = ws.check(
        skip=("near_duplicate",),
        **options,  # type: ignore[arg-type]
    )
    return {rule: number for rule, number in report.counts.items() if number}


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("clipped", {"clipped_share": 0.002}),
        ("dc_offset", {"dc_offset": -0.02}),
        ("too_quiet", {"loudness_lufs": -55.0}),
        ("too_quiet", {"loudness_lufs": None, "peak_dbfs": None}),
        ("low_snr", {"snr_db": 5.0}),
        ("narrow_band", {"bandwidth_hz": 4050.0, "sampling_rate": 44_100}),
        ("narrow_band", {"bandwidth_hz": 4050.0, "sampling_rate": 16_000}),
        ("no_speech", {"speech_share": 0.05}),
        ("cut_edge", {"edge_speech": 0.99}),
        ("long_silence", {"head_silence_seconds": 1.5, "length_seconds": 2.5}),
        ("long_silence", {"tail_silence_seconds": 2.5, "length_seconds": 3.5}),
        ("too_short", {"length_seconds": 0.1, "text": "a"}),
        ("too_long", {"length_seconds": 31.0, "text": "ten letters " * 20}),
        ("no_text", {"text": " "}),
        ("no_text", {"text": None}),
        ("chars_per_second", {"text": "far too many letters for one second of audio"}),
        ("chars_per_second", {"text": "a", "length_seconds": 5.0}),
        ("odd_characters", {"text": "caf\u00c3\u00a9 au lait"}),
        ("odd_characters", {"text": "lost \ufffd letter"}),
        ("odd_characters", {"text": "bell \x07 rings"}),
        ("odd_characters", {"text": "salt &amp; sauce"}),
        ("odd_characters", {"text": "<i>aye</i> right"}),
        ("odd_characters", {"text": "\u0430ye right"}),
        ("placeholder", {"text": "[inaudible] word"}),
        ("placeholder", {"text": "(he laughs)"}),
        ("placeholder", {"text": "Xxxx"}),
        ("placeholder", {"text": "... ?"}),
        ("unsaid", {"text": "aye (softly)"}),
        ("unsaid", {"text": "[00:12] aye right"}),
        ("unsaid", {"text": "aye right \U0001f600"}),
        ("unsaid", {"text": "*sighs* aye right"}),
        ("unsaid", {"text": "aye \u266a right"}),
        ("unsaid", {"text": "aye right[12]"}),
        ("unsaid", {"text": "aye // right"}),
        ("unsaid", {"text": "Speaker 1: aye"}),
        ("unsaid", {"text": "- aye right"}),
        ("unsaid", {"text": "www.aye.scot"}),
        ("unsure_text", {"text_source": "model:asr@1", "text_score": 0.3}),
        ("heard_otherwise", {"text_source": "transcript", "flags": "low_score,heard_otherwise"}),
        ("any_text", {"flags": "any_text,low_score"}),
        ("repeated_words", {"text_source": "model:asr@1", "text": "Aye aye aye aye"}),
        (
            "repeated_words",
            {"text_source": "model:asr@1", "text": "so I know I know I know I know"},
        ),
    ],
)
def test_a_rule_finds_what_it_is_for_and_nothing_else_does(
    tmp_path: Path, rule: str, values: dict[str, object]
) -> None:
    bad, fine = clip_with("bad.wav", **values), clip_with("fine.wav")
    assert rules_found(tmp_path, bad, fine) == {rule: 1}


@pytest.mark.parametrize(
    "values",
    [
        {"flags": "heard_otherwise", "text_source": "human"},
        {"flags": "unheard_otherwise"},
        {"flags": "any_text", "accepted": True},
        {"bandwidth_hz": 3_400.0, "sampling_rate": 8_000},
        {"bandwidth_hz": 10_000.0, "sampling_rate": 44_100},
        {"bandwidth_hz": 16_000.0, "sampling_rate": 48_000},
        {"text": "Ça va, garçon ? Où ?"},
        {"text": "\u201cIt\u2019s \u2013 fine\u2026\u201d"},
        {"text": "Москва моя"},
        {"text": "大丈夫です"},
        {"text": "5 &  a < b > c"},
        {"text": "nan and null"},
        {"text": "at 5 (five) pm"},
        {"text": "so (my) silence"},
        {"text": "at 12:30, and/or 1"},
        {"text": "he laughs - aye"},
        {"text": "می‌خواهم"},
        {"text": "aye aye aye aye aye", "text_source": "human"},
        {"text_source": "transcript", "text_score": 0.1},
        {"text": "no no no, I said", "text_source": "model:asr@1", "text_score": 0.9},
    ],
)
def test_what_is_usual_passes(tmp_path: Path, values: dict[str, object]) -> None:
    assert rules_found(tmp_path, clip_with(**values)) == {}


def test_clips_without_any_measure_and_any_text_pass(tmp_path: Path) -> None:
    clip, _ = make_clip("plain.wav", 0)
    assert rules_found(tmp_path, clip) == {}


def test_what_no_rule_can_judge_is_counted_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    never, _ = make_clip("never.wav", 0)
    ws = workspace_of(
        tmp_path,
        never,
        clip_with("fine.wav", length_seconds=3.0, head_silence_seconds=0.1),
        clip_with("untold.wav", snr_db=None, length_seconds=3.0, head_silence_seconds=0.1),
        clip_with("silent.wav", peak_dbfs=None, loudness_lufs=None, bandwidth_hz=None,
                  speech_share=0.0, snr_db=None),
        clip_with("short.wav", length_seconds=0.3, head_silence_seconds=0.0, text="ten"),
    )  # fmt: skip
    report = ws.check(skip=("near_duplicate",))
    assert report.num_unmeasured == 1
    assert report.not_judged == {
        "no_speech": 2, "too_quiet": 1, "clipped": 1, "dc_offset": 1, "low_snr": 4,
        "narrow_band": 1, "cut_edge": 1, "long_silence": 1,
    }  # fmt: skip
    assert ws.check(rules="no_text").not_judged == {}
    run(["check", "--workspace", str(ws.folder), "--rule", "no_speech", "--rule", "no_text"])
    said = " ".join(capsys.readouterr().err.split())
    assert "not judged, for lack of a measure: no_speech in 2 clips" in said
    assert "1 clip never measured: audioset measure" in said


def test_a_rate_far_from_that_of_the_other_clips_is_found(tmp_path: Path) -> None:
    usual = [clip_with(f"{n}.wav", text="abcde fghij klm"[: 11 + n % 5]) for n in range(40)]
    slow = clip_with("slow.wav", text="abc", length_seconds=2.0)
    assert rules_found(tmp_path / "many", *usual, slow) == {"chars_per_second": 1}
    assert rules_found(tmp_path / "few", *usual[:5], slow) == {}


def test_a_word_shorter_than_the_detector_hears_is_not_said_too_fast(tmp_path: Path) -> None:
    word = clip_with(
        text="six", length_seconds=0.43, head_silence_seconds=0.2, tail_silence_seconds=0.2
    )
    assert "chars_per_second" not in rules_found(tmp_path, word)


def test_digits_are_found_only_when_asked_for(tmp_path: Path) -> None:
    clip = clip_with(text="at 5 o'clock")
    assert rules_found(tmp_path / "a", clip) == {}
    assert rules_found(tmp_path / "b", clip, rules=("digits",)) == {"digits": 1}


def test_the_report_puts_the_worst_first_and_counts_every_rule(tmp_path: Path) -> None:
    noisy = [clip_with(f"{n}.wav", snr_db=float(n)) for n in (3, 1, 2)]
    dead = clip_with("dead.wav", speech_share=0.0)
    ws = workspace_of(tmp_path, *noisy, dead)
    report = ws.check(skip=("near_duplicate",))
    assert [f.value for f in report.findings] == [0.0, 1.0, 2.0, 3.0]
    assert (report.num_clips, report.num_flagged) == (4, 4)
    assert report.counts["clipped"] == 0


def test_rejected_clips_are_left_out(tmp_path: Path) -> None:
    noisy = clip_with("noisy.wav", snr_db=0.0)
    ws = workspace_of(tmp_path, noisy, clip_with())
    ws.decide([audioset.Decision("clip", noisy.clip_id, "accepted", False)])
    report = ws.check(skip=("near_duplicate",))
    assert (report.findings, report.num_clips, report.num_rejected) == ((), 1, 1)


def test_limits_are_read_from_words() -> None:
    assert audioset.CheckLimits.from_words(["low_snr=15"]).low_snr == 15
    for word in ("low_snr", "nonsense=1", "low_snr=much", "low_snr=nan"):
        with pytest.raises(InvalidInputError, match="limit"):
            audioset.CheckLimits.from_words([word])


def test_an_unknown_rule_is_refused(tmp_path: Path) -> None:
    ws = workspace_of(tmp_path, clip_with())
    with pytest.raises(InvalidInputError, match="no rule 'nonsense'; rules are no_speech"):
        ws.check(rules=("nonsense",))


def test_a_version_and_a_manifest_are_checked_like_working_clips(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "scots")
    clips = add_source(ws, "a.wav", 3, text="a line of it", text_source="human")
    path = ws.manifests_dir / f"{clips[0].source_id}.parquet"
    ws.publish(track=False)
    reports = [ws.check(what) for what in (None, path, "scots@v1")]
    assert len({report.findings for report in reports}) == 1
    assert [report.num_without_audio for report in reports] == [0, 0, 0]
    assert reports[2].num_clips == 3


def test_the_page_shows_texts_as_they_are_and_loads_nothing(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "scots")
    hostile = "<script>alert('1')</script> </style> & \x00 \u202e"
    add_source(ws, "<b>talk</b>.wav", 2, text=hostile, snr_db=1.0, speaker="<i>ada</i>")
    page = tmp_path / "check.html"
    report = ws.check(report=page)
    text = page.read_text(encoding="utf-8")
    assert report.counts["odd_characters"] == 2
    assert "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;" in text
    assert text.count("<script") == 2
    assert "<b>talk" not in text
    assert "<i>ada" not in text
    assert "\x00" not in text
    assert "\u202e" not in text
    assert "http" not in text.replace("http-equiv", "")
    assert text.count("data-clip=") == text.count("<audio ")


def test_ids_on_the_page_lead_into_the_review_where_it_last_ran(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "scots")
    clips = add_source(ws, "talk.wav", 2, speech_share=0.0, seconds=1.0)
    ws.publish(track=False)
    keep_review_address(ws.folder, "http://127.0.0.1:41234")
    page = tmp_path / "check.html"
    for what, times in ((None, 1), (ws.manifests_dir, 0), ("scots@v1", 0)):
        ws.check(what, report=page, rules=("no_speech",))
        text = page.read_text(encoding="utf-8")
        for clip in clips:
            link = f'<a href="http://127.0.0.1:41234/#clip={clip.clip_id}">{clip.clip_id}</a>'
            assert text.count(link) == times


def test_the_page_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from audioset.pages import check as check_page

    ws = audioset.init(tmp_path / "scots")
    clips = add_source(ws, "noise.wav", 30, speech_share=0.0, seconds=1.0)
    (ws.clips_dir / f"{clips[0].clip_id}.flac").unlink()
    (ws.clips_dir / f"{clips[1].clip_id}.flac").write_bytes(b"no audio")
    size = (ws.clips_dir / f"{clips[2].clip_id}.flac").stat().st_size
    monkeypatch.setattr(check_page, "AUDIO_BYTES", round(5.5 * size))
    ws.check(report=tmp_path / "check.html", rules=("no_speech",))
    text = (tmp_path / "check.html").read_text(encoding="utf-8")
    assert text.count("<article>") == check_page.CLIPS_PER_RULE
    assert text.count("<audio ") == 5
    assert text.count("its audio cannot be read") == 2
    assert text.count("too large to be embedded") == 20 - 5 - 2


def test_silence_is_drawn_as_a_line() -> None:
    from audioset.pages.wave import draw_wave

    assert draw_wave(np.zeros(1, np.float32)).startswith("M0 23.8L0 24.2")


def test_what_nearly_all_clips_of_a_recording_have_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ws = audioset.init(tmp_path / "scots")
    narrow, wide = {**FINE, "bandwidth_hz": 1_000.0}, FINE
    phone = add_source(ws, "phone.mp4", 10, seconds=1.0, **narrow)
    for name, bands in (("phone.mp4", [wide, *[narrow] * 9]), ("talk.mp4", [narrow, *[wide] * 9])):
        made = [make_clip(name, n, seconds=1.0, **each)[0] for n, each in enumerate(bands)]
        path = ws.manifests_dir / f"{made[0].source_id}.parquet"
        write_manifest(path, table_from_clips(made))
    words = ["check", "--workspace", str(ws.folder), "--rule", "narrow_band"]
    report = ws.check(rules="narrow_band")
    [shared] = report.shared
    assert shared.clip_ids == tuple(sorted(clip.clip_id for clip in phone))[1:]
    assert len(report.findings) == 10
    [single] = report.of_clips
    assert single.clip_id.startswith("talk-")
    assert run(words) == 3
    out = capsys.readouterr().out
    assert "narrow_band: 9 of 10 clips of phone.mp4: nothing above 1,000 Hz" in out
    assert "  find the original, if this is a copy;" in out
    assert "or leave the rule out: --skip narrow_band (skip=narrow_band in Python)" in out
    assert single.clip_id in out
    assert phone[1].clip_id not in out
    assert run([*words, "--all"]) == 3
    assert phone[1].clip_id in capsys.readouterr().out
    page = tmp_path / "check.html"
    ws.check(rules="narrow_band", report=page)
    text = page.read_text(encoding="utf-8")
    assert "9 of 10 clips of phone.mp4" in text
    assert text.count('<p class="finding">') == 2  # an example, and the clip of the other


def test_what_all_clips_of_several_recordings_have_is_told_once_of_all(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "scots")
    quiet = {**FINE, "loudness_lufs": -55.0}
    for name in ("a.wav", "b.wav"):
        add_source(ws, name, 5, seconds=1.0, **quiet)
    [shared] = ws.check(rules="too_quiet").shared
    assert str(shared).startswith("all 10 clips: ")
    add_source(ws, "c.wav", 5, seconds=1.0, **FINE)
    named = [str(each).partition(":")[0] for each in ws.check(rules="too_quiet").shared]
    assert named == ["all 5 clips of a.wav", "all 5 clips of b.wav"]
    few = audioset.init(tmp_path / "few")
    add_source(few, "a.wav", 4, seconds=1.0, **quiet)
    assert few.check(rules="too_quiet").shared == ()
