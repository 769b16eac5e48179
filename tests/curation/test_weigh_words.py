"""When a word that a model wrote otherwise counts, by what the model tells of likelihoods."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from audioset.curation.cut.lines.compare_words import OtherWords, other_words
from audioset.curation.cut.lines.rest_of_take import with_rest
from audioset.curation.cut.lines.spoken import SpokenTexts
from audioset.curation.cut.lines.weigh_words import WeighedWords, told_in_takes, weighed_words
from audioset.plugins import Hypothesis, Word

SOUND = np.full(4 * 16_000, 0.1, np.float32)


class Listener:
    """Finds a text less likely by 9 for each word that it did not hear, and knows rare words."""

    name, version = "listener", "1"

    def __init__(self, hears: str, *, rare: str = "") -> None:
        self.hears, self.rare = set(hears.split()), set(rare.split())
        self.heard: list[int] = []

    def transcribe(
        self, sounds: Sequence[NDArray[np.float32]], languages: Sequence[str | None]
    ) -> list[Hypothesis]:
        self.heard += [sound.size for sound in sounds]
        return [Hypothesis("of it", 0.5, (Word("of", 0.1, 0.3), Word("it", 0.4, 0.6)))]

    def score_texts(
        self, sound: NDArray[np.float32], texts: Sequence[str], language: str | None
    ) -> list[float]:
        words = [text.replace(",", "").split() for text in texts]
        if sound.any():
            return [-9.0 * len(set(some) - self.hears) for some in words]
        return [-10.0 - 20.0 * len(self.rare.intersection(some)) for some in words]


@pytest.fixture(scope="module")
def english() -> SpokenTexts:
    return SpokenTexts(None, "en")


@pytest.mark.parametrize(
    ("line", "hears", "score", "rare", "told"),
    [
        ("put five in", "put four in", 0.9, "", [("four", "five")]),
        ("put five in", "put four in", 0.3, "", []),
        ("put five in", "put four in", None, "", [("four", "five")]),
        ("saw Mary there", "saw Harry there", 0.9, "", [("Harry", "Mary")]),
        ("saw Mary there", "saw Harry there", 0.9, "Mary mary", []),
        ("nine four six", "9, 5, 6", 0.3, "", [("5", "four")]),
        ("cat and dog and cow and hen", "cat and dog and cow and men", 0.9, "", [("men", "hen")]),
        ("cat and dog and cow and hen", "bat and log and sow and men", 0.9, "", []),
        ("an attack on it", "an a tag on it", 0.9, "", []),
    ],
)
def test_a_word_counts_where_the_line_is_far_less_likely_and_not_rare(
    line: str,
    hears: str,
    score: float | None,
    rare: str,
    told: list[tuple[str, str]],
    english: SpokenTexts,
) -> None:
    listener = Listener(hears.replace(",", ""), rare=rare)
    differences = other_words(line, hears, english)
    assert differences
    heard = Hypothesis(hears, score)
    assert told_in_takes([weighed_words(listener, SOUND, "en", line, heard, differences)]) == [told]


def test_a_word_that_only_one_side_has_beside_another_difference_does_not_count() -> None:
    line, hears = "find a way home", "finding way home"
    alone = OtherWords(slice(5, 6), slice(7, 7), 0.0)
    pair = OtherWords(slice(0, 4), slice(0, 7), 0.7)
    heard, listener = Hypothesis(hears, 0.9), Listener(hears)
    one = weighed_words(listener, SOUND, "en", line, heard, [alone])
    both = weighed_words(listener, SOUND, "en", line, heard, [pair, alone])
    assert told_in_takes([one, both]) == [[("finding", "find a")], [("finding", "find")]]


def test_a_word_that_one_take_tells_is_told_of_takes_that_have_it_less_surely() -> None:
    sure = WeighedWords(("four", "five"), slice(4, 8), is_told=True)
    less = replace(sure, is_told=False)
    elsewhere = WeighedWords(("on", "in"), slice(9, 11), is_told=False)
    assert told_in_takes([[less], [], [less, elsewhere]]) == [[], [], []]
    told = told_in_takes([[less], [], [sure], [less, elsewhere]])
    assert told == [[sure.said], [], [sure.said], [sure.said]]


def test_the_end_of_a_take_that_a_model_left_out_is_heard_alone(english: SpokenTexts) -> None:
    listener = Listener("")
    short = Hypothesis("a part", 0.9, (Word("a", 0.0, 0.5), Word("part", 0.5, 1.0)))
    whole = with_rest(listener, SOUND, "en", "A part of it.", short, english)
    assert (whole.text, whole.score, whole.words[-1].start_seconds) == ("a part of it", 0.5, 1.4)
    assert listener.heard == [3 * 16_000]
    for line in ("A part.", "A part more.", "A part and six potatoes."):
        assert with_rest(listener, SOUND, "en", line, short, english) == short
