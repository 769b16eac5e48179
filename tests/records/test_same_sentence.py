"""Sentences that are read aloud alike: contractions, numerals and signs."""

import pytest

from audioset.records.same_sentence import fold_sentence, rules_of


def fold(text: str, language: str | None = "en-GB") -> str:
    return fold_sentence(text, rules_of(language))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Don't go there!", "do not go there"),
        ("Don\u2019t go there", "Do not go there."),
        ("It's been raining", "it has been raining"),
        ("It's raining", "it is raining"),
        ("I can't, I won't", "I cannot; I will not"),
        ("can not", "can't"),
        ("It isn't here", "It's not here"),
        ("I'll not stay", "I won't stay"),
        ("We'd better go", "we had better go"),
        ("They're sure we'll come", "they are sure we will come"),
        ("I've said I'm fine", "I have said I am fine"),
        ("3 cats", "three cats"),
        ("twenty-one cats", "21 cats"),
        ("1,984 people", "one thousand nine hundred and eighty-four people"),
        ("in 1984", "in nineteen eighty-four"),
        ("in 2024", "in twenty twenty-four"),
        ("in 2005", "in two thousand and five"),
        ("100 sheep", "a hundred sheep"),
        ("the 21st of May", "the twenty-first of May"),
        ("3.5 litres", "three point five litres"),
        ("3% of it", "three percent of it"),
        ("3% of it", "3 per cent of it"),
        ("$20 for it", "twenty dollars for it"),
        ("salt & pepper", "salt and pepper"),
    ],
)
def test_texts_that_are_read_alike_are_one_in_english(one: str, other: str) -> None:
    assert fold(one) == fold(other)
    assert fold(one, None) == fold(other, None)  # of which nobody says the language


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I do go there", "I do not go there"),
        ("it was here", "it is here"),
        ("three cats", "four cats"),
        ("thirteen cats", "thirty cats"),
        ("3 5 7", "35 7"),
        ("we can stay", "we can't stay"),
    ],
)
def test_texts_with_another_word_are_two(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("fr", "il a 21 moutons", "il a vingt et un moutons"),
        ("fr-CA", "97 moutons", "quatre-vingt-dix-sept moutons"),
        ("de", "im Jahr 1984", "im Jahr neunzehnhundertvierundachtzig"),
        ("es", "32 años", "treinta y dos años"),
        ("pt", "21 anos", "vinte e um anos"),
        ("nl", "21 jaar", "eenentwintig jaar"),
        ("it", "21 anni", "ventuno anni"),
        ("da", "21 huse", "enogtyve huse"),
    ],
)
def test_numerals_are_words_in_other_languages_too(language: str, one: str, other: str) -> None:
    assert fold(one, language) == fold(other, language)


def test_what_is_read_otherwise_in_a_language_stays_as_it_is() -> None:
    assert fold("vingt et un", "gd") == "vingt et un"  # nobody reads numbers of this language
    assert fold("do not", "fr") == "do not"
    assert fold("10 %", "cs") == "10"
    assert fold("  ...  ") == ""
