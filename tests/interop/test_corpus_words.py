"""Words of other corpora in ours."""

import pytest

from audioset.interop.importers.corpus.said import digest_of_clip, say
from audioset.interop.importers.corpus.seen import SeenIds
from audioset.interop.importers.corpus.take_item import finished
from audioset.interop.importers.corpus.words import gender_of, licence_of, split_of
from audioset.records.corpus_item import CorpusItem, HeldBytes
from audioset.records.languages import language_of
from tests.workspaces import make_clip


@pytest.mark.parametrize(
    ("word", "ours"),
    [
        ("English", "en"),
        ("eng", "en"),
        ("de", "de"),
        ("en_US", "en-US"),
        ("EN-gb", "en-GB"),
        ("zh-hant-TW", "zh-Hant-TW"),
        ("cmn", "zh"),
        ("Klingon dialect 5", "Klingon dialect 5"),
    ],
)
def test_languages(word: str, ours: str) -> None:
    assert language_of(word) == ours


@pytest.mark.parametrize(
    ("word", "ours"),
    [
        ("train-clean-100", "train"),
        ("dev", "validation"),
        ("dev-other", "validation"),
        ("valid", "validation"),
        ("validated", None),
        ("Test", "test"),
        ("other", None),
        ("trained", None),
    ],
)
def test_splits(word: str, ours: str | None) -> None:
    assert split_of(word) == ours


@pytest.mark.parametrize(
    ("word", "ours"),
    [("M", "male"), ("female_feminine", "female"), ("Non Binary", "other"), ("ada", "ada")],
)
def test_genders(word: str, ours: str) -> None:
    assert gender_of(word) == ours


@pytest.mark.parametrize(
    ("word", "ours"),
    [
        ("cc-by-4.0", "CC-BY-4.0"),
        ("CC BY-NC-SA 4.0", "CC-BY-NC-SA-4.0"),
        ("cc0", "CC0-1.0"),
        ("ours alone", "ours alone"),
    ],
)
def test_licences(word: str, ours: str) -> None:
    assert licence_of(word) == ours


def test_what_is_said_is_known_again_by_its_row() -> None:
    item = CorpusItem(
        origin_id="a\udce4",
        sound=HeldBytes("a.wav", b""),
        text=" \ud800 two\nlines ",
        facts={"speaker": "19", "gender": "unknown", "language": "English", "mood": "calm"},
        extra={"empty": "", "note": " a  b "},
        split="dev",
        accepted=False,
    )
    said = say(item, "c", {"licence": "MIT", "speaker": "nobody"})
    clip = finished(make_clip("talk.wav", 0)[0], item, said)
    assert digest_of_clip(clip) == said.digest
    assert (clip.speaker, clip.gender, clip.language, clip.licence) == ("c-19", None, "en", "MIT")
    assert (clip.split, clip.accepted, clip.consent) == ("validation", False, None)
    assert clip.extra["mood"] == "calm"
    assert clip.extra["note"] == "a b"
    assert "empty" not in clip.extra
    assert clip.text is not None
    assert clip.text.endswith("two\nlines")
    assert digest_of_clip(finished(clip, item, say(item, "c", {}))) != said.digest


def test_numbers_that_were_seen_are_known_when_they_are_many() -> None:
    seen = SeenIds()
    numbers = [number * 0x9E3779B97F4A7C15 % 2**64 for number in range(120_000)]
    assert all(seen.add(number) for number in numbers)
    assert len(seen) == len(numbers)
    assert not any(seen.add(number) for number in numbers[::1000])
    assert 12345 not in seen
