"""Names of speakers that differ by case, accents and blanks only."""

import pytest

from audioset.records.speaker_names import fold_speaker, names_alike


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mairi", "mairi "),
        ("Màiri", "mairi"),
        ("M\u0061\u0300iri", "Màiri"),  # the accent by itself
        ("Mairi  NicDhòmhnaill", " mairi nicdhomhnaill"),
        ("Müller", "MULLER"),
        ("Søren Łukasz", "soren lukasz"),
        ("Straße", "STRASSE"),
        ("Νίκος", "ΝΙΚΟΣ"),
        ("Андрей", "андреи"),
    ],
)
def test_spellings_of_one_name_are_alike(one: str, other: str) -> None:
    assert fold_speaker(one) == fold_speaker(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mairi", "Mari"),
        ("p225", "p226"),
        ("spk_1", "spk1"),
        ("かず", "がず"),  # marks that make another consonant
        ("कि", "कु"),  # and another vowel
    ],
)
def test_other_names_are_not(one: str, other: str) -> None:
    assert fold_speaker(one) != fold_speaker(other)


def test_names_are_given_where_there_are_several_of_one() -> None:
    names = ["mairi ", "Bob", None, "Màiri", "", "  ", "Mairi", "Bob"]
    assert names_alike(names) == (("Mairi", "Màiri", "mairi "),)
