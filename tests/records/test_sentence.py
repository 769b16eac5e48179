"""Which texts are the same sentence, and how many words one has."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioset.records.sentence import count_words, normalise_sentence, placed_words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Gonnae no dae that!", "gonnae no dae that"),
        ("  two\tspaces\n", "Two spaces"),
        ("we\u2019re", "WERE"),
        ("well-known", "Well known"),
        ("caf\u00e9", "CAFE\u0301"),
        ("STRASSE", "stra\u00dfe"),
        ("\uff21\uff22\uff23", "abc"),
        ("co\u00adoperate", "cooperate"),
        ("\u00abBonjour\u00bb, dit-il\u2026", "bonjour dit il"),
    ],
)
def test_ways_of_writing_are_one_sentence(one: str, other: str) -> None:
    assert normalise_sentence(one) == normalise_sentence(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("aye", "eye"), ("line 1", "line 2"), ("caf\u00e9", "cafe"), ("\u0915\u093f", "\u0915\u0940")],
)
def test_other_words_are_another_sentence(one: str, other: str) -> None:
    assert normalise_sentence(one) != normalise_sentence(other)


@pytest.mark.parametrize("text", ["", "  ", "...?!", "\u2026\u2014", "\u200b"])
def test_what_has_no_word_is_empty(text: str) -> None:
    assert normalise_sentence(text) == ""


@given(st.text())
def test_a_normalised_sentence_stays_as_it_is(text: str) -> None:
    once = normalise_sentence(text)
    assert normalise_sentence(once) == once
    assert normalise_sentence(unicodedata.normalize("NFD", text)) == once


def test_words_are_counted_with_and_without_spaces() -> None:
    assert count_words(normalise_sentence("The kettle is on.")) == 4
    assert count_words(normalise_sentence("aye")) == 1
    assert count_words(normalise_sentence("\u4eca\u5929\u5929\u6c14\u5f88\u597d\u5417\u3002")) == 3


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_placed_words_are_the_words_of_the_sentence_in_their_places(given_text: str) -> None:
    text = unicodedata.normalize("NFKC", given_text)
    words = list(placed_words(text))
    joined = "".join(word.word for word in words)
    assert unicodedata.normalize("NFKC", joined) == unicodedata.normalize(
        "NFKC", normalise_sentence(text).replace(" ", "")
    )
    places = [place for word in words for place in (word.start, word.end)]
    assert places == sorted(places)
    assert all(normalise_sentence(text[w.start : w.end]).replace(" ", "") == w.word for w in words)


def test_a_word_stands_without_the_marks_around_it() -> None:
    text = "\u2018Tis Isla's \u00abc\u0153ur\u00bb, aye"
    assert [text[word.start : word.end] for word in placed_words(text)] == [
        "Tis", "Isla's", "c\u0153ur", "aye",
    ]  # fmt: skip
