"""A take that lacks words says so and names them; a line said again later is found as a take."""

import numpy as np
import pytest

from audioset.hearing.align.decoder.lacking import BY_VOICES, lacking_words
from audioset.hearing.align.placed import Placed
from audioset.hearing.align.takes import odd_takes, similarities, with_best
from audioset.hearing.align.voices.espeak import speak
from audioset.records.lines import (
    OUT_OF_ORDER,
    Line,
    LineSpan,
    flag_meaning,
    flag_name,
    lacking_flag,
    lacks_words,
)
from tests.hearing.test_align import TEXTS, align, lines, right, session

STARTED = "She bought a blue"  # of line 5
ENDED = "nine hens in the garden."  # of line 3


def test_a_false_start_names_the_words_that_lack_and_is_never_the_proposed_take() -> None:
    texts = [*TEXTS[:2], ENDED, TEXTS[2], TEXTS[3], STARTED, *TEXTS[4:]]
    sound, said = session(texts)
    found = align(sound, lines(takes=None))
    whole = [span for span in found.spans if not lacks_words(span.flags)]
    assert [span.line for span in whole] == [1, 2, 3, 4, 5, 6]
    kept = [place for k, place in enumerate(said) if k not in (2, 5)]
    assert all(right(span, place) for span, place in zip(whole, kept, strict=True))
    partial = {span.line: span for span in found.spans if lacks_words(span.flags)}
    assert "words_missing: My brother keeps" in partial[3].flags
    assert "words_missing: coat for the winter" in partial[5].flags
    assert not any(span.best for span in partial.values())


def test_a_line_said_again_later_is_found_and_said_to_be_out_of_order() -> None:
    sound, said = session([*TEXTS[:4], TEXTS[1], *TEXTS[4:], TEXTS[0]])
    found = align(sound, lines(takes=None))
    assert [span.line for span in found.spans] == [1, 2, 3, 4, 2, 5, 6, 1]
    assert all(right(span, place) for span, place in zip(found.spans, said, strict=True))
    again = [span for span in found.spans if "out_of_order" in span.flags]
    assert [(span.line, span.take) for span in again] == [(2, 2), (1, 2)]
    assert found.unexplained == ()


def test_a_confirmed_take_out_of_order_stays_and_moves_no_other() -> None:
    sound, said = session([TEXTS[0], TEXTS[1], TEXTS[0], *TEXTS[2:]])
    start, end = said[2]
    pin = LineSpan(
        line=1, take=2, start_seconds=start, end_seconds=end, score=1.0, flags=(OUT_OF_ORDER,)
    )
    found = align(sound, lines(takes=None), [pin])
    assert [span.line for span in found.spans] == [1, 2, 1, 3, 4, 5, 6]
    assert all(right(span, place) for span, place in zip(found.spans, said, strict=True))
    assert (found.spans[2].score, found.spans[2].flags) == (1.0, (OUT_OF_ORDER,))


STATES = 10  # of a word
WORDS = np.repeat([0, 1, 2], STATES)


def costs_of(said: list[int], frames_each: int = STATES) -> np.ndarray:
    """Give costs of frames that say some of three words, in their states."""
    costs = np.full((frames_each * len(said), WORDS.size), 2.0, np.float32)
    for k, word in enumerate(said):
        for n in range(frames_each):
            costs[k * frames_each + n, word * STATES + n * STATES // frames_each] = -2
    return costs


@pytest.mark.parametrize(
    ("said", "kept"),
    [([0, 1, 2], None), ([0, 1], (0, 2)), ([1, 2], (1, 3)), ([0], (0, 1)), ([2], (2, 3))],
)
def test_the_words_that_are_said_are_told(said: list[int], kept: tuple[int, int] | None) -> None:
    leaps = np.full(WORDS.size, 0.12, np.float32)
    assert lacking_words(costs_of(said), WORDS, 0.12, leaps, BY_VOICES) == kept


def test_a_line_of_one_word_and_a_span_of_hardly_any_speech_lack_nothing() -> None:
    leaps = np.full(WORDS.size, 0.12, np.float32)
    assert (
        lacking_words(costs_of([0]), np.zeros(WORDS.size, np.int64), 0.12, leaps, BY_VOICES) is None
    )
    assert lacking_words(costs_of([0], 2), WORDS, 0.12, leaps, BY_VOICES) is None


def test_a_flag_names_some_of_many_words_and_holds_no_comma() -> None:
    flag = lacking_flag(["blue,", "and", "green;", "or", "red", "but", "not", "any", "black"])
    assert flag == "words_missing: blue and green or red but and 3 more"
    assert flag_name(flag) == "words_missing"
    assert flag_meaning(flag).startswith("words of its text are not said: blue and")
    assert lacking_flag(["\u2026"]) == "words_missing"
    assert flag_meaning("inner_pause") == "a long pause inside the clip"
    assert flag_meaning("my own: word") == "my own: word"


def test_a_take_with_all_words_is_proposed_before_one_that_lacks_some() -> None:
    def take(number: int, *flags: str) -> LineSpan:
        return LineSpan(
            line=1,
            take=number,
            start_seconds=number,
            end_seconds=number + 1,
            score=0.9,
            flags=flags,
        )

    spans = with_best([take(1, "inner_pause", "odd_length"), take(2, "words_missing: red")])
    assert [span.best for span in spans] == [True, False]


@pytest.mark.parametrize(
    ("voice", "text", "lexicon", "words"),
    [
        ("en-us", "and of the well-known 123, too", {}, "and|of the|well-known|123,|too"),
        ("en-us", "say hullo there", {"hullo": "h@l'oU"}, "say|hullo|there"),
        ("fr", "l'été déjà passé", {}, "l'été|déjà|passé"),
        ("ru", "ноль один два", {}, "ноль|один|два"),
    ],
)
def test_the_voice_tells_its_words_apart(
    voice: str, text: str, lexicon: dict[str, str], words: str
) -> None:
    speech = speak([Line(number=1, text=text)], voice, lexicon=lexicon)[0]
    assert "|".join(speech.words) == words
    assert set(speech.word_of.tolist()) == set(range(len(speech.words)))
    assert len(speech.word_of) == len(speech.phones)


def take_of(line: int, similarity: float, *flags: str) -> LineSpan:
    return LineSpan(
        line=line,
        take=1,
        start_seconds=line,
        end_seconds=line + 1,
        score=0.9,
        flags=flags,
        similarity=similarity,
    )


def test_two_takes_that_are_nothing_like_each_other_are_both_told() -> None:
    alike = [take_of(line, 0.6) for line in (1, 1, 2, 2, 3, 3)]
    assert odd_takes([*alike, take_of(4, 0.3), take_of(4, 0.3)]) == set()
    assert odd_takes([*alike, take_of(4, 0.1), take_of(4, 0.1)]) == {6, 7}
    few = [take_of(1, 0.6), take_of(1, 0.6), take_of(4, 0.1), take_of(4, 0.1)]
    assert odd_takes(few) == set(), "what is usual is not known"


def test_a_take_that_lacks_words_makes_no_other_odd() -> None:
    cepstra = np.random.default_rng(1).normal(0, 1, (200, 12)).astype(np.float32)
    cepstra[100:140] = cepstra[:40] + 0.01
    placed = [Placed(0, 0, 40, -1), Placed(0, 100, 140, -1), Placed(1, 150, 190, -1)]
    broken = Placed(0, 40, 60, -1, lacks=("three",))
    alone = similarities(placed, cepstra)
    with_it = similarities([*placed, broken], cepstra)
    assert with_it[0] is not None
    assert with_it[0] == pytest.approx(alone[0], abs=0.05)
    assert with_it[3] is not None
    assert with_it[3] < 0.5 < with_it[0]
