"""Lines are found in speech of another voice and rate, with noise; nothing is shifted silently."""

import csv
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from audioset.errors import InvalidInputError
from audioset.hearing.align.align import align_lines
from audioset.hearing.align.ear.sound import Sound16k
from audioset.hearing.align.voices.espeak import speak
from audioset.hearing.speech.listen import listen
from audioset.records.line_options import AlignOptions
from audioset.records.lines import Alignment, Line, LineSpan
from audioset.records.plugin_contracts import SOUND_RATE
from tests.sounds import Samples

TEXTS = (
    "The kettle is on and the bread is cut.",
    "We walked along the river until dark.",
    "My brother keeps nine hens in the garden.",
    "Nobody had told them about the storm.",
    "She bought a blue coat for the winter.",
    "There is a light on the other side of the bay.",
)
FOREIGN = "Hundreds of yellow umbrellas were standing in front of the old museum."
SLOW, QUICK = 135, 185  # words per minute; the aligner's own voices say 160


def lines(*, takes: int | None = 1) -> list[Line]:
    return [Line(number=n, text=text, takes=takes) for n, text in enumerate(TEXTS, 1)]


@cache
def voiced(text: str, voice: str, words_per_minute: int) -> Samples:
    said = speak([Line(number=1, text=text)], voice, words_per_minute=words_per_minute)[0]
    loud = np.flatnonzero(np.abs(said.samples) > 0.01)
    return said.samples[loud[0] : loud[-1] + 1]


def session(
    texts: Sequence[str],
    *,
    voice: str = "en-gb-scotland+f3",
    noise: float = 0.002,
    rate: int = SLOW,
) -> tuple[Samples, list[tuple[float, float]]]:
    """Say texts with pauses of 0.4 to 0.9 s; give the sound and where each text lies."""
    rng = np.random.default_rng(5)
    parts: list[Samples] = [np.zeros(SOUND_RATE // 2, np.float32)]
    spans, at = [], parts[0].size
    for text in texts:
        said = voiced(text, voice, rate)
        pause = np.zeros(round(rng.uniform(0.4, 0.9) * SOUND_RATE), np.float32)
        spans.append((at / SOUND_RATE, (at + said.size) / SOUND_RATE))
        parts += [said, pause]
        at += said.size + pause.size
    sound = np.concatenate(parts)
    return (sound + rng.normal(0, noise, sound.size)).astype(np.float32), spans


def in_blocks(samples: Samples, size: int = 10_000) -> Iterator[Samples]:
    for start in range(0, samples.size, size):
        yield samples[start : start + size]


def align(
    samples: Samples, sought: Sequence[Line], pins: Sequence[LineSpan] = (), **options: object
) -> Alignment:
    options = {"voice": "en-us", **options}
    return align_lines(Sound16k(in_blocks(samples)), sought, AlignOptions(**options), pins)


def right(span: LineSpan, said: tuple[float, float], within: float = 0.25) -> bool:
    return abs(span.start_seconds - said[0]) <= within and abs(span.end_seconds - said[1]) <= within


def test_each_line_is_found_where_another_voice_says_it() -> None:
    sound, said = session(TEXTS)
    found = align(sound, lines())
    assert [span.line for span in found.spans] == [1, 2, 3, 4, 5, 6]
    assert all(right(span, place) for span, place in zip(found.spans, said, strict=True))
    assert found.missing == found.unexplained == ()
    assert found.aligner == "bootstrap@3"
    assert found.length_seconds == pytest.approx(sound.size / SOUND_RATE)


def test_the_size_of_blocks_and_whoever_detects_speech_change_nothing() -> None:
    from audioset.hearing.speech.detector import SpeechDetector

    sound, _ = session(TEXTS[:3])
    probabilities = SpeechDetector().push(sound, last=True).probabilities
    options = AlignOptions(voice="en-us")
    one = align_lines(Sound16k([sound], probabilities), lines()[:3], options)
    other = align_lines(Sound16k(in_blocks(sound, 777)), lines()[:3], options)
    assert [(s.line, s.start_seconds, s.end_seconds) for s in one.spans] == [
        (s.line, s.start_seconds, s.end_seconds) for s in other.spans
    ]


def test_a_line_that_nobody_says_is_missing_and_shifts_no_other() -> None:
    sound, said = session([*TEXTS[:2], *TEXTS[3:]])
    found = align(sound, lines())
    assert found.missing == (3,)
    assert [span.line for span in found.spans] == [1, 2, 4, 5, 6]
    assert all(right(span, place) for span, place in zip(found.spans, said, strict=True))
    assert not any(span.flags for span in found.spans)  # they are plainly their own


def test_speech_that_is_no_line_stays_unassigned_and_is_listed() -> None:
    sound, said = session([*TEXTS[:3], FOREIGN, *TEXTS[3:]])
    foreign = said.pop(3)
    found = align(sound, lines())
    assert [span.line for span in found.spans] == [1, 2, 3, 4, 5, 6]
    assert all(right(span, place) for span, place in zip(found.spans, said, strict=True))
    listed = sum(
        max(0, min(end, foreign[1]) - max(start, foreign[0])) for start, end in found.unexplained
    )
    assert listed >= 0.8 * (foreign[1] - foreign[0])


def test_takes_are_found_when_their_number_is_told_and_when_it_is_not() -> None:
    texts = [
        text for text, count in zip(TEXTS, (3, 1, 2, 1, 3, 1), strict=True) for _ in range(count)
    ]
    sound, said = session(texts)
    found = align(sound, lines(takes=None))
    assert [(span.line, span.take) for span in found.spans] == [
        (1, 1),
        (1, 2),
        (1, 3),
        (2, 1),
        (3, 1),
        (3, 2),
        (4, 1),
        (5, 1),
        (5, 2),
        (5, 3),
        (6, 1),
    ]
    assert all(right(span, place) for span, place in zip(found.spans, said, strict=True))
    sound, said = session([text for text in TEXTS for _ in range(2)])
    told = align(sound, lines(takes=None), takes=2)
    assert [span.line for span in told.spans] == [n for n in range(1, 7) for _ in range(2)]
    assert all(right(span, place) for span, place in zip(told.spans, said, strict=True))


def test_one_take_of_each_line_is_proposed_and_the_odd_one_out_is_not() -> None:
    texts = [TEXTS[0], TEXTS[0], TEXTS[0], TEXTS[1], TEXTS[2]]
    sound, said = session(texts)
    start, end = (round(seconds * SOUND_RATE) for seconds in said[2])
    wrong = voiced(TEXTS[4], "en-gb-scotland+f3", SLOW)  # as long, but other words
    sound[start:end] = np.resize(wrong, end - start)
    takes = [Line(number=n, text=TEXTS[n - 1], takes=3 if n == 1 else 1) for n in (1, 2, 3)]
    pins = [LineSpan(line=1, take=3, start_seconds=said[2][0], end_seconds=said[2][1], score=1.0)]
    spans = align(sound, takes, pins).spans
    first = [span for span in spans if span.line == 1]
    assert len(first) == 3
    similar = [span.similarity for span in first]
    assert max(similar[0], similar[1]) > similar[2]
    assert not first[2].best
    assert sum(span.best for span in spans) == 3
    assert all(span.similarity is None for span in spans if span.line != 1)


def test_a_confirmed_span_stays_and_the_others_are_found_around_it() -> None:
    sound, said = session(TEXTS)
    pin = LineSpan(
        line=3, take=1, start_seconds=said[2][0] + 0.1, end_seconds=said[2][1] - 0.1, score=1.0
    )
    found = align(sound, lines(), [pin])
    assert [span.line for span in found.spans] == [1, 2, 3, 4, 5, 6]
    kept = found.spans[2]
    assert right(kept, (pin.start_seconds, pin.end_seconds), within=0.011)
    assert kept.flags == ()
    others = [k for k in range(6) if k != 2]
    assert all(right(found.spans[k], said[k]) for k in others)


def test_a_confirmed_span_corrects_what_would_be_found_without_it() -> None:
    sound, said = session([TEXTS[0], TEXTS[1], TEXTS[0], TEXTS[1]])
    sought = [Line(number=n, text=TEXTS[n - 1], takes=1) for n in (1, 2)]
    start, end = said[2]
    pin = LineSpan(line=1, take=1, start_seconds=start, end_seconds=end, score=1.0)
    found = align(sound, sought, [pin])
    assert right(found.spans[0], said[2], within=0.011)
    assert right(found.spans[1], said[3])
    assert found.unexplained[0][1] <= start


def test_lines_are_found_in_noise_or_named() -> None:
    sound, said = session(TEXTS, noise=0.015)
    found = align(sound, lines())
    good = {span.line for span in found.spans if right(span, said[span.line - 1], within=0.5)}
    flagged = {span.line for span in found.spans if span.flags}
    assert len(good) >= 5
    assert good | flagged | set(found.missing) == {1, 2, 3, 4, 5, 6}


def test_another_transcript_is_not_found() -> None:
    sound, _ = session(
        [FOREIGN, "Seventeen engineers measured the bridge.", "What a pity, I said."]
    )
    found = align(sound, lines())
    sure = [span for span in found.spans if not span.flags]
    assert len(sure) <= 1


def test_silence_has_no_lines() -> None:
    found = align(np.zeros(3 * SOUND_RATE, np.float32), lines())
    assert found.spans == found.unexplained == ()
    assert found.missing == (1, 2, 3, 4, 5, 6)
    nothing = align(np.zeros(0, np.float32), lines())
    assert nothing.missing == (1, 2, 3, 4, 5, 6)


def test_the_fallback_follows_pauses_and_lengths() -> None:
    sound, said = session([text for text in TEXTS for _ in range(2)])
    found = align(sound, lines(takes=2), aligner="structural")
    assert found.aligner == "structural@1"
    assert [span.line for span in found.spans] == [n for n in range(1, 7) for _ in range(2)]
    assert all(right(span, place) for span, place in zip(found.spans, said, strict=True))


def test_what_cannot_be_looked_for_is_refused() -> None:
    sound, _ = session(TEXTS[:1])
    for sought, options, words in (
        ([], {}, "no lines"),
        (lines(), {"aligner": "magic"}, "unknown aligner 'magic'; known are auto, bootstrap"),
        ([Line(number=7, text="---")], {}, "line 7 has no word that can be said: '---'"),
    ):
        with pytest.raises(InvalidInputError, match=words):
            align(sound, sought, **options)
    with pytest.raises(InvalidInputError, match="line 9, which is no line"):
        align(sound, lines(), [LineSpan(line=9, take=1, start_seconds=0, end_seconds=1, score=1)])


def read(path: Path) -> Sound16k:
    with listen(path, sampling_rate=SOUND_RATE) as listening:
        return Sound16k([pieces[0].sound for pieces in listening.pieces()])


def read_truth(path: Path) -> list[tuple[float, float, str]]:
    with path.with_suffix(".segments.csv").open(newline="", encoding="utf-8") as file:
        return [
            (float(row["start_seconds"]), float(row["end_seconds"]), row["text"])
            for row in csv.DictReader(file)
        ]


def test_thirty_takes_of_ten_real_words_are_all_found(real_media: Path) -> None:
    path = real_media / "video/three_takes_digits.mp4"
    truth = read_truth(path)
    words = list(dict.fromkeys(text for _, _, text in truth))
    sought = [Line(number=n, text=word, takes=3) for n, word in enumerate(words, 1)]
    found = align_lines(read(path), sought, AlignOptions(language="en-us"))
    assert found.missing == ()
    assert [(span.line, span.take) for span in found.spans] == [
        (n, take) for n in range(1, 11) for take in (1, 2, 3)
    ]
    middles = [(span.start_seconds + span.end_seconds) / 2 for span in found.spans]
    assert all(start < middle < end for middle, (start, end, _) in zip(middles, truth, strict=True))


def test_real_takes_are_found_without_a_word_on_their_accent_or_number(real_media: Path) -> None:
    path = real_media / "video/three_takes_digits.mp4"
    truth = read_truth(path)
    words = list(dict.fromkeys(text for _, _, text in truth))
    sought = [Line(number=n, text=word) for n, word in enumerate(words, 1)]
    found = align_lines(read(path), sought, AlignOptions())
    assert [span.line for span in found.spans] == [n for n in range(1, 11) for _ in range(3)]


@pytest.mark.slow  # the others find real readers
def test_a_real_reader_is_found_in_noise(real_media: Path) -> None:
    path = real_media / "video/aesop_fable.mp4"
    truth = read_truth(path)
    sound = np.concatenate(list(read(path).blocks))
    loud = float(np.sqrt(np.mean(sound**2)))
    noise = np.random.default_rng(3).standard_normal(sound.size) * loud * 10 ** (-15 / 20)  # 15 dB
    sought = [Line(number=n, text=text, takes=1) for n, (_, _, text) in enumerate(truth, 1)]
    found = align((sound + noise).astype(np.float32), sought)
    good = [span for span in found.spans if right(span, truth[span.line - 1][:2], within=0.5)]
    assert len(good) >= 0.7 * len(truth)  # 6 of 28 with a low voice


def test_real_sentences_are_found(real_media: Path) -> None:
    path = real_media / "long/lj_chapter01.flac"
    truth = read_truth(path)
    sought = [Line(number=n, text=text, takes=1) for n, (_, _, text) in enumerate(truth, 1)]
    found = align_lines(read(path), sought, AlignOptions(language="en-us"))
    assert [span.line for span in found.spans] == [line.number for line in sought]
    good = [right(span, place[:2]) for span, place in zip(found.spans, truth, strict=True)]
    assert sum(good) >= 0.95 * len(truth)
