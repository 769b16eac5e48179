"""An aligner that only scores frames: lines, takes, gaps and pins are found by our decoder.

The model of most tests hears letters that are sung, each at a pitch of its own; its probabilities
come from the spectrum, in the shapes in which models of CTC and of phones give them.
"""

from pathlib import Path

import numpy as np
import pytest

from audioset.errors import InvalidInputError
from audioset.hearing.align.align import align_lines
from audioset.hearing.align.ear.sound import Sound16k
from audioset.hearing.speech.detector import FRAME_SECONDS
from audioset.records.line_options import AlignOptions
from audioset.records.lines import Alignment, Line, LineSpan
from audioset.records.plugin_contracts import SOUND_RATE
from tests.plugin_packages import install
from tests.sounds import Samples, silence, tone

SINGER = """
import os
import numpy as np
from audioset.plugins import Emissions

LETTERS = "abcdefghij"
PITCHES = 400 * 1.2 ** np.arange(len(LETTERS))
SILENCE = len(LETTERS)

class Singer:
    name, version = "singer", "3"
    longest = 0

    def emissions(self, sound, language):
        how, hop = os.environ["SINGER"].split(":")
        if how == "raise":
            raise OSError("no\\nluck")
        Singer.longest = max(Singer.longest, sound.size)
        hop = float(hop)
        count = max(1, round(sound.size / 16000 / hop))
        middles = (np.arange(count) + 0.5) * hop
        padded = np.pad(sound, 800)
        places = np.round(middles * 16000).astype(int)[:, None] + 400 + np.arange(800)
        frames = padded[np.minimum(places, padded.size - 1)] * np.hanning(800)
        waves = np.exp(2j * np.pi * PITCHES[:, None] * np.arange(800) / 16000)
        power = np.abs(frames @ waves.T) ** 2
        quiet = np.full((count, 1), 4.0)
        scores = np.log(np.concatenate([power, quiet], axis=1) + 1e-3)
        if how == "ctc":  # a letter is named once, in its first frame
            best = scores.argmax(axis=1)
            held = np.r_[False, best[1:] == best[:-1]] & (best != SILENCE)
            scores[held, SILENCE] = scores[held].max(axis=1) + 8
        if how == "phones":  # it knows no silence
            scores = scores[:, :SILENCE]
        scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
        if how == "certain":
            scores += 1
        if how == "few":
            scores, count = scores[:4], 4
        blank = {"phones": None, "strange": 99}.get(how, SILENCE)
        return Emissions(scores.astype(np.float32), hop, hop / 2, blank)

    def symbols(self, text, language):
        known = LETTERS + "!"
        return [99 if c == "!" else LETTERS.index(c) for c in text if c in known]

def open_singer(threads):
    return Singer()
"""
POINT = "[audioset.aligners]\nsinger = singer:open_singer\n"
LETTERS = "abcdefghij"
LETTER_SECONDS, PAUSE_SECONDS = 0.1, 0.6
FOREIGN = "ijfhjifhjhifhjfihjif"  # in no line
SUNG = [
    "abcdefg",
    "abcdefg",
    "gfedcba",
    FOREIGN,
    "hahbhchd",
    "jcjdjejf",
    "jcjdjejf",
    "jcjdjejf",
]
TEXTS = ("abcdefg", "gfedcba", "acegbdbg", "hahbhchd", "jcjdjejf")  # the third is not sung


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, package="singer", code=SINGER, points=POINT)
    monkeypatch.setenv("SINGER", "ctc:0.02")


def sung(texts: list[str]) -> tuple[Samples, list[tuple[float, float]], Samples]:
    """Sing texts; give the sound, where each lies, and where something is heard (32 ms)."""
    parts, spans, at = [silence(PAUSE_SECONDS, SOUND_RATE)], [], PAUSE_SECONDS
    for text in texts:
        parts += [
            tone(400 * 1.2 ** LETTERS.index(letter), LETTER_SECONDS, SOUND_RATE) for letter in text
        ]
        spans.append((at, at + len(text) * LETTER_SECONDS))
        parts.append(silence(PAUSE_SECONDS, SOUND_RATE))
        at = spans[-1][1] + PAUSE_SECONDS
    sound = np.concatenate(parts)
    middles = (np.arange(int(sound.size / SOUND_RATE / FRAME_SECONDS) + 1) + 0.5) * FRAME_SECONDS
    loud = [any(start <= middle < end for start, end in spans) for middle in middles]
    return sound, spans, np.array(loud, np.float32)


def align(
    texts: tuple[str, ...] = TEXTS,
    said: list[str] = SUNG,
    *,
    takes: int | None = None,
    pins: tuple[LineSpan, ...] = (),
) -> tuple[Alignment, list[tuple[float, float]]]:
    sound, spans, speech = sung(said)
    lines = [Line(number=number, text=text, takes=takes) for number, text in enumerate(texts, 1)]
    blocks = np.split(sound, range(5000, sound.size, 5000))
    options = AlignOptions(aligner="singer")
    return align_lines(Sound16k(blocks, speech), lines, options, pins), spans


@pytest.mark.parametrize("how", ["ctc:0.02", "ctc:0.04", "ctc:0.01", "silence:0.01", "phones:0.02"])
def test_lines_takes_and_what_is_missing_are_found_in_every_shape_of_emissions(
    monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setenv("SINGER", how)
    found, said = align()
    assert found.aligner == "singer@3"
    assert [(span.line, span.take) for span in found.spans] == [
        (1, 1),
        (1, 2),
        (2, 1),
        (4, 1),
        (5, 1),
        (5, 2),
        (5, 3),
    ]
    assert found.missing == (3,)
    foreign = said.pop(3)
    assert len(found.unexplained) == 1
    assert found.unexplained[0] == pytest.approx(foreign, abs=0.1)
    for span, (start, end) in zip(found.spans, said, strict=True):
        assert span.start_seconds == pytest.approx(start, abs=0.06)
        assert span.end_seconds == pytest.approx(end, abs=0.06)


def test_a_wrong_text_scores_low_and_is_told_by_a_flag() -> None:
    texts = ("abcdefg", "gfedcba", FOREIGN, "jaibhcgd", "jcjdjejf")
    found, _ = align(texts, ["abcdefg", "gfedcba", FOREIGN, "hahbhchd", "jcjdjejf"], takes=1)
    right = [span for span in found.spans if span.line != 4]
    assert [span.line for span in right] == [1, 2, 3, 5]
    wrong = [span for span in found.spans if span.line == 4]
    assert 4 in found.missing or "low_score" in wrong[0].flags
    assert all("low_score" not in span.flags for span in right)


def test_what_a_person_confirmed_stays_and_guides_its_neighbours() -> None:
    _, said = align()
    start, end = said[3]
    pin = LineSpan(line=3, take=1, start_seconds=start, end_seconds=end, score=1.0)
    found = align(pins=(pin,))[0]
    pinned = next(span for span in found.spans if span.line == 3)
    assert (pinned.score, pinned.flags) == (1.0, ())
    assert pinned.start_seconds == pytest.approx(start, abs=0.02)
    assert found.missing == ()
    assert [span.line for span in found.spans] == [1, 1, 2, 3, 4, 5, 5, 5]


def test_a_long_source_is_heard_in_short_stretches_that_hide_no_line() -> None:
    import singer  # type: ignore[import-not-found]  # the package that the fixture installs

    texts = tuple("".join(np.random.default_rng(k).permutation(list(LETTERS))) for k in range(30))
    found, said = align(texts, list(texts), takes=1)
    assert found.length_seconds > 45
    assert singer.Singer.longest == 15 * SOUND_RATE
    assert [span.line for span in found.spans] == list(range(1, 31))
    for span, (start, _) in zip(found.spans, said, strict=True):
        assert span.start_seconds == pytest.approx(start, abs=0.06)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("raise:0.02", "the aligner 'singer' failed: OSError: no luck"),
        ("certain:0.02", "gave log-probabilities up to 1, which must be 0 or less"),
        ("few:0.02", r"gave 4 frames of 0.02 s for \d+\.\d\d s of sound"),
        ("strange:0.02", "gave the blank 99 among 11 symbols"),
    ],
)
def test_a_model_that_misbehaves_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, how: str, told: str
) -> None:
    monkeypatch.setenv("SINGER", how)
    with pytest.raises(InvalidInputError, match=told):
        align()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("xyz", "line 2 has no word that the aligner 'singer' can say: 'xyz'"),
        ("a!", "writes lines with the symbols 0 to 99, but scores 11"),
    ],
)
def test_a_line_that_the_model_cannot_say_is_named(text: str, told: str) -> None:
    with pytest.raises(InvalidInputError, match=told):
        align(("abc", text))
