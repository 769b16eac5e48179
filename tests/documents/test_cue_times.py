"""Times in other units, from other origins: why cues do not fit is found, and what helps works."""

from collections.abc import Callable
from pathlib import Path

import pytest

from audioset.documents.cues import explain_misfit, read_cues
from audioset.documents.cues.fit import Misfit
from audioset.errors import InvalidInputError
from audioset.records.cue import Cue
from audioset.records.cue_file import CueFile
from audioset.records.time_unit import parse_time_unit

LENGTH_SECONDS, RATE = 16.0, 48_000
TRUE = [(1.0, 2.5), (4.0, 6.2), (9.0, 11.48), (12.0, 15.0)]


def clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes) // 60}:{int(minutes) % 60:02}:{rest:06.3f}"


def timecode(sign: str, rate: int) -> Callable[[float], str]:
    def write(seconds: float) -> str:
        frame = round(seconds * rate) % rate
        return f"01:00:{int(seconds):02}{sign}{frame:02}"

    return write


def table(folder: Path, write: Callable[[float], object], head: str = "start,end") -> Path:
    path = folder / "talk.csv"
    rows = [f"{write(start)},{write(end)},words" for start, end in TRUE]
    path.write_text("\n".join([f"{head},text", *rows]))
    return path


def misfit(read: CueFile, length_seconds: float = LENGTH_SECONDS) -> Misfit:
    large = read.format == "csv"
    return explain_misfit(read.cues, length_seconds, RATE, unit=read.unit, may_be_large=large)


def assert_true(cues: tuple[Cue, ...], *, within: float = 1e-6) -> None:
    for cue, (start, end) in zip(cues, TRUE, strict=True):
        assert cue.start_seconds == pytest.approx(start, abs=within)
        assert cue.end_seconds == pytest.approx(end, abs=within)


@pytest.mark.parametrize(
    ("write", "unit"),
    [
        (lambda s: round(s * 1000), "milliseconds"),
        (lambda s: round(s * RATE), f"samples@{RATE}"),
        (lambda s: round(s * 1e6), "microseconds"),
        (lambda s: round(s * 1e7), "ticks"),
        (lambda s: round(s * 25), "frames@25"),
        (lambda s: round(s / 60, 9), "minutes"),
        (lambda s: round(s / 3600, 9), "hours"),
        (lambda s: f"{s / 86_400:.11f}", "days"),
    ],
)
def test_a_unit_is_found_and_reading_by_it_is_right(
    tmp_path: Path, write: Callable[[float], object], unit: str
) -> None:
    path = table(tmp_path, write)
    told = misfit(read_cues(path))
    assert told.hopeless
    (sentence,) = told.sentences
    assert f"--time-unit {unit}" in sentence
    right = read_cues(path, unit=parse_time_unit(unit))
    assert_true(right.cues, within=0.03 if unit == "frames@25" else 1e-5)
    assert misfit(right) == Misfit(sentences=())


def test_hours_minutes_and_seconds_in_one_number(tmp_path: Path) -> None:
    path = tmp_path / "talk.csv"
    path.write_text("start,end,text\n300,305.5,a\n10203,10208,b\n10300,10312,c\n")
    (sentence,) = misfit(read_cues(path), length_seconds=4000).sentences
    assert "--time-unit hhmmss" in sentence
    cues = read_cues(path, unit=parse_time_unit("hhmmss")).cues
    assert [(cue.start_seconds, cue.end_seconds) for cue in cues] == [
        (180, 185.5),
        (3723, 3728),
        (3780, 3792),
    ]


@pytest.mark.parametrize(
    ("write", "help_", "stretch", "shift"),
    [
        (lambda s: clock(s + 3600), "--shift -1:00:00", 1, -3600),
        (lambda s: clock(s + 36_000), "--shift -10:00:00", 1, -36_000),
        (lambda s: s + 3600, "--shift -1:00:00", 1, -3600),
        (lambda s: clock(s + 49_502 - 1), "--shift -13:45:02", 1, -49_501),
        (lambda s: s + 1_700_000_000, "--shift -1700000001", 1, -1_700_000_000),
        (lambda s: clock(s * 60), "--stretch 1/60", 1 / 60, 0),
    ],
)
def test_another_origin_is_found(
    tmp_path: Path, write: Callable[[float], object], help_: str, stretch: float, shift: float
) -> None:
    read = read_cues(table(tmp_path, write))
    told = misfit(read)
    assert told.hopeless
    assert help_ in told.sentences[0]
    moved = tuple(cue.moved(stretch=stretch, shift_seconds=shift) for cue in read.cues)
    assert_true(moved, within=1e-3)


@pytest.mark.parametrize(
    ("sign", "nominal", "unit"),
    [(":", 25, "frames@25"), (":", 24, "frames@23.976"), (";", 30, "frames@29.97")],
)
def test_frames_after_the_seconds_need_a_rate(
    tmp_path: Path, sign: str, nominal: int, unit: str
) -> None:
    path = table(tmp_path, timecode(sign, nominal))
    with pytest.raises(
        InvalidInputError, match=r"line 2: .* counts frames .* --time-unit frames@25"
    ):
        read_cues(path)
    cues = read_cues(path, unit=parse_time_unit(unit)).cues
    # Without dropped numbers an hour of 24 frames a second lasts 3.6 s longer than its clock says.
    origin = 3600 * 1.001 if unit == "frames@23.976" else 3600
    assert_true(tuple(cue.moved(shift_seconds=-origin) for cue in cues), within=0.05)


def test_drop_frame_is_what_television_counts() -> None:
    unit = parse_time_unit("frames@29.97")
    count = 30_000 / 1001
    for text, frame in {"00:00:59;29": 1799, "00:01:00;02": 1800, "00:10:00;00": 17_982}.items():
        assert float(unit.of_timecode(text) or -1) == pytest.approx(frame / count)
    assert unit.of_timecode("00:00:00:30") is None
    assert parse_time_unit("milliseconds").of_timecode("00:00:00:10") is None


@pytest.mark.parametrize(
    ("head", "write"),
    [
        ("start_ms,end_ms", lambda s: round(s * 1000)),
        ("Begin Time - msec,End Time - msec", lambda s: round(s * 1000)),
        ("Begin Time - hh:mm:ss.ms,End Time - hh:mm:ss.ms", clock),
        ("Begin Time (s),End Time (s)", lambda s: s),
        ("start_min,end_min", lambda s: round(s / 60, 9)),
        ("start (us),end (us)", lambda s: round(s * 1e6)),
    ],
)
def test_a_unit_in_the_name_of_a_column_is_used_and_told(
    tmp_path: Path, head: str, write: Callable[[float], object]
) -> None:
    read = read_cues(table(tmp_path, write, head))
    assert_true(read.cues, within=1e-5)
    assert misfit(read).sentences == ()
    named = read.unit in ("milliseconds", "minutes", "microseconds")
    assert bool(read.problems) == named


def test_columns_of_frames_need_a_rate(tmp_path: Path) -> None:
    path = table(tmp_path, lambda s: round(s * 25), "start_frame,end_frame")
    with pytest.raises(InvalidInputError, match="counted in frames or samples"):
        read_cues(path)
    assert_true(read_cues(path, unit=parse_time_unit("frames@25")).cues, within=0.03)


def test_labels_in_frames_and_a_clock_that_has_no_unit(tmp_path: Path) -> None:
    labels = tmp_path / "talk.txt"
    labels.write_text("".join(f"{round(a * 25)}\t{round(b * 25)}\tw\n" for a, b in TRUE))
    assert "--time-unit frames@25" in misfit(read_cues(labels)).sentences[0]
    assert_true(read_cues(labels, unit=parse_time_unit("frames@25")).cues, within=0.03)
    captions = tmp_path / "talk.srt"
    captions.write_text("1\n00:00:01,000 --> 00:00:02,000\nhello\n")
    with pytest.raises(InvalidInputError, match="times of srt have a unit of their own"):
        read_cues(captions, unit=parse_time_unit("ms"))
    assert read_cues(captions, unit=parse_time_unit("seconds")).cues


def spread(count: int, step: float, *, first: float = 1.0, length: float = 2.0) -> list[Cue]:
    return [
        Cue(start_seconds=first + step * k, end_seconds=first + step * k + length)
        for k in range(count)
    ]


def test_what_fits_in_part_is_told_with_counts_and_goes_on() -> None:
    film = [cue.moved(stretch=25 / 24) for cue in spread(300, 12)]
    told = explain_misfit(film, 3590, RATE, unit="clock", may_be_large=False)
    assert not told.hopeless
    assert "--stretch 24/25" in told.sentences[-1]
    cut_away = [cue.moved(shift_seconds=1300) for cue in spread(300, 12)]
    told = explain_misfit(cut_away, 3600, RATE, unit="clock", may_be_large=False)
    assert not told.hopeless
    assert "of 300 cues lie beyond the end (the last ends at 1:21:31" in told.sentences[-1]
    assert "if the beginning was cut away: --shift -21:31" in told.sentences[-1]


def test_cues_of_another_recording_are_refused_and_few_late_ones_are_not() -> None:
    other = spread(40, 10, first=300)
    told = explain_misfit(other, 16, RATE, unit="clock", may_be_large=False)
    assert told.hopeless
    assert told.sentences[0].endswith("are they of another recording?")
    told = explain_misfit(spread(20, 3), 57.5, RATE, unit=None, may_be_large=True)
    assert not told.hopeless
    assert told.sentences == (
        "1 cue starts after the end of the recording (58.00 s >= 57.50 s) and was left out",
    )


def test_cues_that_are_right_are_never_doubted() -> None:
    phones = spread(200, 0.08, length=0.08)  # of the first seconds of an hour
    assert explain_misfit(phones, 3600, RATE, unit="seconds", may_be_large=True).sentences == ()
    one = spread(1, 1)
    assert explain_misfit(one, 3600, RATE, unit=None, may_be_large=True).sentences == ()
    assert explain_misfit([], 16, RATE, unit=None, may_be_large=True).sentences == ()


@pytest.mark.parametrize("word", ["", "frames", "frames@0", "samples@", "fortnights", "frames@1e9"])
def test_other_units_are_refused(word: str) -> None:
    with pytest.raises(InvalidInputError, match="time_unit must be one of"):
        parse_time_unit(word)
