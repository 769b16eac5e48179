"""Which words of a line a model wrote otherwise: each beside the one that it stands for."""

import pytest

from audioset.curation.cut.lines.compare_words import other_words
from audioset.curation.cut.lines.spoken import SpokenTexts


@pytest.fixture(scope="module")
def english() -> SpokenTexts:
    return SpokenTexts(None, "en")


def differences(line: str, heard: str, spoken: SpokenTexts) -> list[tuple[str, str]]:
    """Give what is not only written otherwise."""
    return [
        (line[words.written], heard[words.heard])
        for words in other_words(line, heard, spoken)
        if words.likeness < 1
    ]


@pytest.mark.parametrize(
    ("line", "heard"),
    [
        ("Aye, it IS so!", "aye it is so"),
        ("the colour of three hats", "The color of 3 hats."),
        ("We don't know, I've said", "we do not know; I have said"),
        ("it's the woodcutters' song", "It is the wood cutters song"),
        ("the fifteenth of May", "the 15th of May"),
        ("in nineteen thousand homes", "in 19,000 homes"),
        ("forty-two lines", "42 lines"),
        ("zero five one", "0-5-1"),
        ("", ""),
    ],
)
def test_what_is_only_written_otherwise_is_no_other_word(
    line: str, heard: str, english: SpokenTexts
) -> None:
    assert differences(line, heard, english) == []


@pytest.mark.parametrize(
    ("line", "heard", "found"),
    [
        ("put five eggs in", "Put four eggs in.", [("five", "four")]),
        ("he could stand it", "he could not stand it", [("", "not ")]),
        ("he could not stand it", "he could stand it", [("not ", "")]),
        ("she didn't go", "she did go", [("didn't", "did")]),
        ("one a hundred and six two", "one 160 two", [("a hundred and six", "160")]),
        ("the cat and the mice", "a dog and the mice", [("the cat", "a dog")]),
        ("in the light's fire", "in the light flame", [("light's", "light"), ("fire", "flame")]),
        ("have regard to it", "heavy guard to it", [("have regard", "heavy guard")]),
        ("nine four six nine", "9, 5, 6, 9.", [("four", "5")]),
        ("six five nine two", "6582", [("nine", "8")]),
        ("forty-two lines", "32 lines", [("forty-two", "32")]),
        ("press four now", "press 14 now", [("four", "14")]),
        ("in 1445 it", "in 1455 it", [("1445", "1455")]),
        ("fourteen fifty-five", "1456", [("fifty-five", "56")]),
        ("said Judith chapter six", "said", [("Judith chapter six", "")]),
        ("words", "", [("words", "")]),
        ("", "Thank you.", [("", "Thank you")]),
    ],
)
def test_other_words_stand_beside_those_that_are_said(
    line: str, heard: str, found: list[tuple[str, str]], english: SpokenTexts
) -> None:
    told = differences(line, heard, english)
    assert [(one.strip(), two.strip()) for one, two in told] == [
        (one.strip(), two.strip()) for one, two in found
    ]


@pytest.mark.parametrize(
    ("line", "heard", "in_digits"),
    [
        ("nine four six", "9, 5, 6", ("5", "4")),
        ("one four five five", "1 4-56", ("6", "5")),
        ("six fifteen", "6 1 6", ("1 6", "1 5")),
        ("press 4", "press five", ("5", "4")),
        ("a thousand times", "900 times", None),
        ("seven Mary three", "7 Harry 3", None),
    ],
)
def test_numbers_that_are_known_are_given_in_digits(
    line: str, heard: str, in_digits: tuple[str, str] | None, english: SpokenTexts
) -> None:
    [words] = other_words(line, heard, english)
    assert words.in_digits == in_digits


def test_words_of_scripts_with_marks_stay_whole() -> None:
    hindi = SpokenTexts(None, "hi")
    line, heard = (
        "\u0926\u094b \u0914\u0930 \u0924\u0940\u0928",
        "\u0926\u094b \u0914\u0930 \u092a\u093e\u0901\u091a",
    )
    assert differences(line, heard, hindi) == [(line.split()[2], heard.split()[2])]
