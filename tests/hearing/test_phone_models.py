"""Phone models are learnt from clips with right texts, kept in a file, and tell phones apart."""

import io
import json

import numpy as np
import pytest

from audioset.errors import IntegrityError, InvalidInputError
from audioset.hearing.align.lessons import SpokenText, learn_from
from audioset.hearing.align.voices.espeak import is_installed, speak
from audioset.hearing.align.voices.phone_models import PhoneModels, PhoneSums
from audioset.records.lines import Line

TEXTS = (
    "the boat is late",
    "a cold wet night",
    "my mother sang to me",
    "who knows the way home",
    "seven red apples",
    "we danced till dawn",
    "look at that bird",
    "give me your hand",
)
NAMES = ("", "a", "s", "t")


def random_lesson(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features in which each phone lies somewhere else, and labels of half of the frames."""
    rng = np.random.default_rng(seed)
    said = np.repeat(rng.integers(0, len(NAMES), 80), 8)
    middles = np.random.default_rng(1).normal(size=(len(NAMES), 26))
    features = (middles[said] + 0.5 * rng.normal(size=(said.size, 26))).astype(np.float32)
    frames = np.sort(rng.permutation(said.size)[: said.size // 2])
    return features, frames, said[frames]


def made_of(*lessons: tuple[np.ndarray, np.ndarray, np.ndarray]) -> PhoneModels:
    sums = PhoneSums()
    for features, frames, phones in lessons:
        sums.add(features, frames, phones, NAMES)
    models = sums.make(voice="en-us", trained_on="scots@v3")
    assert models is not None
    return models


def test_a_frame_costs_least_in_the_phone_that_it_is() -> None:
    models = made_of(random_lesson())
    features, frames, phones = random_lesson(2)
    costs = models.costs(features, NAMES)[frames]
    assert (costs.argmin(axis=1) == phones).mean() > 0.95
    assert costs[np.arange(len(phones)), phones].mean() < 0 < costs.mean()


def test_it_does_not_matter_in_which_pieces_it_was_learnt() -> None:
    features, frames, phones = random_lesson()
    half = len(frames) // 2
    whole = made_of((features, frames, phones))
    pieces = made_of(
        (features, frames[:half], phones[:half]), (features, frames[half:], phones[half:])
    )
    order = [pieces.names.index(name) for name in whole.names]
    assert np.array_equal(whole.counts, pieces.counts[order])
    found = pieces.costs(features, NAMES)
    assert np.abs(whole.costs(features, NAMES) - found).max() < 1e-2


def test_a_phone_that_was_never_heard_costs_nothing() -> None:
    costs = made_of(random_lesson()).costs(random_lesson()[0], ("s", "unheard"))
    assert (costs[:, 1] == 0).all()
    assert (costs[:, 0] != 0).all()


def test_too_little_to_learn_from_makes_no_models() -> None:
    features, frames, phones = random_lesson()
    sums = PhoneSums()
    sums.add(features, frames[:50], phones[:50], NAMES)
    assert sums.make() is None


def test_a_file_gives_the_models_that_were_written() -> None:
    models = made_of(random_lesson())
    read = PhoneModels.from_bytes(models.to_bytes(), name="phones.npz")
    assert (read.names, read.voice, read.trained_on) == (models.names, "en-us", "scots@v3")
    features = random_lesson()[0]
    assert np.array_equal(read.costs(features, NAMES), models.costs(features, NAMES))


def test_a_file_that_is_damaged_or_something_else_is_refused() -> None:
    data = made_of(random_lesson()).to_bytes()
    for bad in (b"", b"no zip at all", data[: len(data) // 2]):
        with pytest.raises(IntegrityError, match=r"phones\.npz"):
            PhoneModels.from_bytes(bad, name="phones.npz")
    for change in ("names", "variances"):
        with pytest.raises(IntegrityError, match=r"phones\.npz"):
            PhoneModels.from_bytes(changed(data, change), name="phones.npz")


def test_a_file_of_a_newer_format_says_so() -> None:
    data = changed(made_of(random_lesson()).to_bytes(), "format")
    with pytest.raises(InvalidInputError, match="format 2; this audioset reads 1"):
        PhoneModels.from_bytes(data, name="phones.npz")


def changed(data: bytes, what: str) -> bytes:
    with np.load(io.BytesIO(data)) as file:
        arrays = dict(file)
    facts = json.loads(arrays["facts"].tobytes())
    if what == "variances":
        arrays["variances"] = -arrays["variances"]
    else:
        facts[what] = {"names": facts["names"][1:], "format": 2}[what]
    arrays["facts"] = np.frombuffer(json.dumps(facts).encode(), np.uint8)
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


@pytest.mark.skipif(not is_installed(), reason="pip install 'audioset[align]'")
def test_clips_teach_the_phones_of_their_texts_and_wrong_texts_are_left_out() -> None:
    lines = [Line(number=k, text=text) for k, text in enumerate(TEXTS, 1)]
    said = speak(lines, "en-us", words_per_minute=130)
    clips = [
        SpokenText(line.text, np.pad(speech.samples, 2_000))
        for line, speech in zip(lines, said, strict=True)
    ]
    silent = SpokenText("nothing is said here", np.zeros(16_000, np.float32))
    sums = PhoneSums()
    used = learn_from(sums, [*clips, silent], "en-us")
    assert used == round(0.9 * len(clips))
    models = sums.make()
    assert models is not None
    assert {"ð", "s", "t", "n"} <= set(models.names)
