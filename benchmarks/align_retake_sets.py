"""Sessions with false starts, lines said again later, and other people's words, with their truth.

A *false start* is the beginning (now and then the end) of a line, said before all of it is said;
a *retake* is a line said again after later lines. Phrases are put together from single words that
really were said, each part from other recordings where there are some; of prompts and sentences
there is one, so each saying of it is played a little faster or slower.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from align_sets import SPEAKERS, WORDS, aesop, libri, lj, utterances
from align_truth import RATE, Said, level_like, sound_steps, tighten
from boundaries import STEP_SECONDS, decode
from measuring import real_media

from audioset.records.lines import Line

TAKE, FALSE_START, RETAKE, FOREIGN = "take", "false start", "retake", "foreign"
_BROKEN_SHARE, _AGAIN_SHARE, _TAIL_SHARE = 0.45, 0.35, 0.15
_FASTER = 0.07
TUNED_ON = ("jackson", "lucas")

# Prompts of Debian packages (asterisk-core-sounds-LANGUAGE-wav), unpacked into a folder.
_NUMBERS = {
    "fr": "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze "
    "seize",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce "
    "quince dieciséis",
    "it": "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici "
    "quattordici quindici sedici",
    "ru": "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать "
    "тринадцать четырнадцать пятнадцать шестнадцать",
}
_DAYS = {
    "fr": "dimanche lundi mardi mercredi jeudi vendredi samedi",
    "es": "domingo lunes martes miércoles jueves viernes sábado",
    "it": "domenica lunedì martedì mercoledì giovedì venerdì sabato",
    "ru": "воскресенье понедельник вторник среда четверг пятница суббота",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is heard in a stretch of a session.

    Attributes:
        said: where; line 0 is foreign speech.
        kind: `TAKE`, `FALSE_START`, `RETAKE` or `FOREIGN`.
        lacks: words of the line that are not said; empty where only that some lack is known.
    """

    said: Said
    kind: str
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One sound, its lines, and what is heard in it, in order of time."""

    name: str
    voice: str
    held_out: bool
    samples: np.ndarray
    lines: tuple[Line, ...]
    heard: tuple[Heard, ...]


def sessions(prompts: Path | None, only: str = "") -> Iterator[Session]:
    """Make the sessions whose name holds `only`; prompts are of unpacked packages."""
    for name, make in _makers(prompts).items():
        if only in name:
            yield make()


def _makers(prompts: Path | None) -> dict[str, Callable[[], Session]]:
    made: dict[str, Callable[[], Session]] = {}
    for speaker in SPEAKERS:
        made[f"digits_{speaker}"] = lambda who=speaker: _digits(who)
    made["libri_a"] = lambda: _sentences("libri_a", range(1, 41), held_out=False)
    made["libri_b"] = lambda: _sentences("libri_b", range(41, 80), held_out=True)
    for language in _NUMBERS if prompts else ():
        made[f"numbers_{language}"] = lambda it=language: _numbers(it, prompts)
    made["foreign_libri"] = _foreign_libri
    made["foreign_digits"] = _foreign_digits
    if prompts:
        made["music_libri"] = lambda: _in_music(made["libri_b"](), prompts, 6.0)
        made["music_digits"] = lambda: _in_music(made["digits_theo"](), prompts, 6.0)
        made["music_foreign"] = lambda: _in_music(_foreign_libri(), prompts, 6.0)
    return made


@dataclass
class _Desk:
    """Puts sounds behind each other."""

    rng: np.random.Generator
    parts: list[np.ndarray] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    at: int = 0

    def __post_init__(self) -> None:
        self.pause(0.8, 1.0)

    def pause(self, shortest: float, longest: float) -> None:
        self._put(quiet(self.rng, self.rng.uniform(shortest, longest)))

    def say(self, line: int, kind: str, sound: np.ndarray, lacks: tuple[str, ...] = ()) -> None:
        start = self.at / RATE
        self._put(sound)
        said = Said(line=line, start_seconds=start, end_seconds=self.at / RATE)
        self.heard.append(Heard(said=said, kind=kind, lacks=lacks))

    def _put(self, sound: np.ndarray) -> None:
        self.parts.append(sound)
        self.at += sound.size

    def session(self, name: str, voice: str, held_out: bool, texts: Sequence[str]) -> Session:  # noqa: FBT001
        samples = np.concatenate([*self.parts, quiet(self.rng, 1.0)]).astype(np.float32)
        samples += quiet(self.rng, samples.size / RATE)[: samples.size]
        said = tighten(samples, [each.said for each in self.heard])
        heard = tuple(
            Heard(said=tight, kind=each.kind, lacks=each.lacks)
            for tight, each in zip(said, self.heard, strict=True)
        )
        lines = tuple(Line(number=n, text=text) for n, text in enumerate(texts, 1))
        return Session(
            name=name, voice=voice, held_out=held_out, samples=samples, lines=lines, heard=heard
        )


def quiet(rng: np.random.Generator, seconds: float) -> np.ndarray:
    return (rng.standard_normal(round(seconds * RATE)) * 2e-4).astype(np.float32)


def _phrases(
    name: str,
    voice: str,
    words: Sequence[str],
    say: Callable[[str], np.ndarray],
    *,
    held_out: bool,
    seed: int,
) -> Session:
    """Make 16 phrases of 3 to 5 words, one to three takes, some broken off, some said again."""
    rng = np.random.default_rng(seed)
    desk = _Desk(rng)
    phrases: list[list[str]] = []

    def joined(some: Sequence[str]) -> np.ndarray:
        gaps = [quiet(rng, rng.uniform(0.02, 0.08)) for _ in some]
        return np.concatenate([x for w, g in zip(some, gaps, strict=True) for x in (say(w), g)])

    for number in range(1, 17):
        phrase = [str(word) for word in rng.choice(words, rng.integers(3, 6), replace=False)]
        phrases.append(phrase)
        for _ in range(int(rng.integers(1, 4))):
            if rng.random() < _BROKEN_SHARE:
                cut = int(rng.integers(1, len(phrase)))
                tail = rng.random() < _TAIL_SHARE
                some, lack = (phrase[cut:], phrase[:cut]) if tail else (phrase[:cut], phrase[cut:])
                desk.say(number, FALSE_START, joined(some), tuple(lack))
                desk.pause(0.4, 1.1)
            desk.say(number, TAKE, joined(phrase))
            desk.pause(0.5, 1.2)
        if number > 3 and rng.random() < _AGAIN_SHARE:
            earlier = int(rng.integers(1, number - 1))
            desk.say(earlier, RETAKE, joined(phrases[earlier - 1]))
            desk.pause(0.5, 1.2)
    return desk.session(name, voice, held_out, [" ".join(phrase) for phrase in phrases])


def _digits(speaker: str) -> Session:
    seed = 300 + SPEAKERS.index(speaker)
    rng = np.random.default_rng(seed + 50)
    folder = real_media() / "corpus/spoken_digits/recordings"
    unused: dict[str, list[int]] = {}

    def say(word: str) -> np.ndarray:
        unused[word] = unused.get(word) or list(rng.permutation(20))
        name = f"{WORDS.index(word)}_{speaker}_{unused[word].pop()}.wav"
        return trimmed(decode(folder / name))

    held_out = speaker not in TUNED_ON
    return _phrases(f"digits_{speaker}", "en-us", WORDS, say, held_out=held_out, seed=seed)


def _numbers(language: str, prompts: Path) -> Session:
    folder = next(prompts.glob(f"**/sounds/{language}_*/digits"))
    names = {word: f"{n}" for n, word in enumerate(_NUMBERS[language].split())}
    names |= {word: f"day-{n}" for n, word in enumerate(_DAYS[language].split())}
    seed = 400 + list(_NUMBERS).index(language)
    rng = np.random.default_rng(seed + 50)
    words = list(names)

    def say(word: str) -> np.ndarray:
        return varied(trimmed(decode(folder / f"{names[word]}.wav")), rng)

    held_out = language != "fr"
    return _phrases(f"numbers_{language}", language, words, say, held_out=held_out, seed=seed)


def _sentences(name: str, numbers: range, *, held_out: bool) -> Session:
    """Read sentences of a book: one or two takes of each, some broken off at a dip inside."""
    rng = np.random.default_rng(500 + numbers.start)
    recording = libri()
    sounds = dict(zip(numbers, utterances(recording, numbers), strict=True))
    texts = [recording.lines[number - 1].text for number in numbers]
    desk = _Desk(rng)
    for place, number in enumerate(numbers, 1):
        for _ in range(int(rng.integers(1, 3))):
            if rng.random() < _BROKEN_SHARE:
                sound = varied(sounds[number], rng)
                cut = _dip(sound, rng.uniform(0.25, 0.75))
                part = sound[cut:] if rng.random() < _TAIL_SHARE else sound[:cut]
                desk.say(place, FALSE_START, part)
                desk.pause(0.4, 1.1)
            desk.say(place, TAKE, varied(sounds[number], rng))
            desk.pause(0.5, 1.2)
        if place > 3 and rng.random() < _AGAIN_SHARE:
            earlier = int(rng.integers(1, place - 1))
            desk.say(earlier, RETAKE, varied(sounds[numbers[earlier - 1]], rng))
            desk.pause(0.5, 1.2)
    return desk.session(name, "en-us", held_out, texts)


def _interviewed(
    name: str,
    answers: Sequence[tuple[str, np.ndarray]],
    questions: Sequence[np.ndarray],
    *,
    held_out: bool,
    seed: int,
) -> Session:
    """Put sentences of another person between lines, one before every third."""
    rng = np.random.default_rng(seed)
    desk = _Desk(rng)
    asked = iter(questions)
    for number, (_, sound) in enumerate(answers, 1):
        question = next(asked, None) if number % 3 == 2 else None
        if question is not None:
            desk.say(0, FOREIGN, level_like(question, sound))
            desk.pause(0.4, 1.0)
        desk.say(number, TAKE, sound)
        desk.pause(0.5, 1.1)
    return desk.session(name, "en-us", held_out, [text for text, _ in answers])


def _foreign_libri() -> Session:
    """Read 40 sentences; another reads fables and a book between them."""
    recording, numbers = libri(), range(20, 60)
    sounds = utterances(recording, numbers)
    texts = [recording.lines[number - 1].text for number in numbers]
    questions = [*utterances(aesop(), range(2, 9)), *utterances(lj(), range(1, 9))]
    answers = list(zip(texts, sounds, strict=True))
    return _interviewed("foreign_libri", answers, questions, held_out=True, seed=601)


def _foreign_digits() -> Session:
    """Say phrases of digits; another says other digits between them."""
    rng = np.random.default_rng(602)
    folder = real_media() / "corpus/spoken_digits/recordings"

    def phrase(speaker: str) -> tuple[str, np.ndarray]:
        words = [str(word) for word in rng.choice(WORDS, rng.integers(3, 6), replace=False)]
        parts = []
        for word in words:
            path = folder / f"{WORDS.index(word)}_{speaker}_{rng.integers(20)}.wav"
            parts += [trimmed(decode(path)), quiet(rng, 0.05)]
        return " ".join(words), np.concatenate(parts)

    answers = [phrase("theo") for _ in range(30)]
    questions = [phrase("george")[1] for _ in range(10)]
    return _interviewed("foreign_digits", answers, questions, held_out=True, seed=602)


def _in_music(session: Session, prompts: Path, snr_db: float) -> Session:
    """Lay music under a session, so many dB below what is said."""
    track = next(prompts.glob("**/moh/*manolo*.wav"))
    music = np.resize(decode(track), session.samples.size)
    said = np.concatenate(
        [
            session.samples[round(h.said.start_seconds * RATE) : round(h.said.end_seconds * RATE)]
            for h in session.heard
        ]
    )
    scale = np.sqrt(np.square(said).mean() / np.square(music).mean() / 10 ** (snr_db / 10))
    samples = (session.samples + scale * music).astype(np.float32)
    name = f"{session.name}_in_music"
    return replace(session, name=name, samples=samples, held_out=True)


def _dip(sound: np.ndarray, share: float) -> int:
    """Give the quietest place near a share of a sound: there a word ends, or nearly."""
    steps = sound[: sound.size // 160 * 160].reshape(-1, 160)
    energy = np.convolve(np.square(steps).mean(axis=1), np.ones(5) / 5, "same")
    low = max(10, round((share - 0.12) * len(steps)))
    high = max(low + 1, min(len(steps) - 10, round((share + 0.12) * len(steps))))
    return (low + int(np.argmin(energy[low:high]))) * 160


def trimmed(samples: np.ndarray) -> np.ndarray:
    """Give a word without the silence around it, as loud as any other."""
    sound = np.flatnonzero(sound_steps(np.pad(samples, 1600)))
    first, last = int(sound[0]), int(sound[-1]) + 1
    size = round(STEP_SECONDS * RATE)
    part = np.pad(samples, 1600)[first * size : last * size]
    return (part * (0.08 / np.sqrt(np.square(part).mean()))).astype(np.float32)


def varied(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Give a sound a little faster or slower, louder or softer."""
    speed = rng.uniform(1 - _FASTER, 1 + _FASTER)
    count = round(samples.size / speed)
    places = np.linspace(0, samples.size - 1, count)
    sound = np.interp(places, np.arange(samples.size), samples)
    return (sound * rng.uniform(0.7, 1.1)).astype(np.float32)
