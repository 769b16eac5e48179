"""Recordings in two dozen languages whose text is known, from Debian packages of speech.

Packages are fetched by `apt-get download` and unpacked into a folder; nothing of them is kept here.
Each recording is assembled of utterances of one speaker with pauses of a room between them, so that
the truth is exact: sentences of a game in Czech and Dutch, phrases of three digits of telephone
prompts, phrases of three letters or syllables of a game for children, and what stamps of a program
to paint with show, said by volunteers in ten languages. The last ones had no part in any choice.
"""

import csv
import random
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from align_truth import RATE, Said, decode, pink, sound_steps
from boundaries import STEP_SECONDS, runs_of
from measuring import real_media, tell

PACKAGES = (
    "fillets-ng-data",
    "fillets-ng-data-cs",
    "fillets-ng-data-nl",
    "klettres-data",
    "asterisk-core-sounds-en-wav",
    "asterisk-core-sounds-es-wav",
    "asterisk-core-sounds-fr-wav",
    "asterisk-core-sounds-it-wav",
    "asterisk-core-sounds-ru-wav",
    "asterisk-prompt-it-menardi-wav",
    "asterisk-prompt-es-co",
    "asterisk-prompt-fr-armelle",
    "tuxpaint-stamps-default",
)
DIGITS = {
    "en": "zero one two three four five six seven eight nine",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf",
    "it": "zero uno due tre quattro cinque sei sette otto nove",
    "ru": "ноль один два три четыре пять шесть семь восемь девять",
}
_GAME = "usr/share/games/fillets-ng"
_SPEAKERS = {"m": "little fish", "v": "big fish"}
_LINES, _WORDS, _PHRASES = 24, 3, 16
_DIALOG = re.compile(r'dialogId\("([^"]+)".*?\)\s*dialogStr\("((?:[^"\\]|\\.)*)"\)', re.DOTALL)
_LEAST_LETTERS = 12
_STAMPED = ("be", "bg", "ca", "da", "el", "es", "fr", "ro", "ru", "nl")
# Lines, bounds of pauses in seconds, lines that are not said, and what is said and is no line.
_STAMPS = {
    "a": (24, (0.6, 1.3), 0, 0),
    "b": (14, (0.25, 0.6), 2, 2),
    "c": (4, (0.6, 1.3), 0, 0),
    "d": (7, (0.4, 3.0), 1, 1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One recording and what it says.

    Attributes:
        name: of the recording.
        language: of what is said, as `klettres` or `fillets` name it.
        samples: float32, shape (n,), at 16,000 Hz.
        texts: its lines.
        said: where each is, where that is known.
        told: the same lines in other languages, by language.
    """

    name: str
    language: str
    samples: np.ndarray
    texts: tuple[str, ...]
    said: tuple[Said, ...] = ()
    told: dict[str, tuple[str, ...]] | None = None


def unpacked(folder: Path) -> Path:
    """Fetch and unpack the packages that are not there yet."""
    for package in PACKAGES:
        place = folder / package
        if place.exists():
            continue
        tell(f"apt-get download {package}")
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", package], cwd=folder, check=True)
        (deb,) = folder.glob(f"{package}_*.deb")
        subprocess.run(["dpkg-deb", "-x", deb.name, place.name], cwd=folder, check=True)
        deb.unlink()
    return folder


def spoken(folder: Path, only: str = "") -> Iterator[Spoken]:
    """Give all recordings whose name holds `only`."""
    for make in (game, prompts, letters, poems, stamps):
        yield from (each for each in make(folder, only) if only in each.name)


def game(folder: Path, only: str = "") -> Iterator[Spoken]:
    """Sentences of two speakers in Czech and Dutch, 24 in a recording."""
    for language in ("cs", "nl"):
        if not f"game_{language}".startswith(only[:7]):
            continue
        texts = {
            other: _dialogs(folder, other)
            for other in ("cs", "nl", "en", "de", "fr", "es", "it", "pl", "sv")
        }
        sounds = {
            path.stem: path
            for package in ("fillets-ng-data", f"fillets-ng-data-{language}")
            for path in sorted((folder / package / _GAME / "sound").glob(f"*/{language}/*.ogg"))
        }
        for speaker in _SPEAKERS:
            names = [
                name
                for name in texts[language]
                if f"-{speaker}-" in name
                and name in sounds
                and len(texts[language][name]) >= _LEAST_LETTERS
            ]
            for number, first in enumerate(range(0, min(len(names), 8 * _LINES), _LINES), 1):
                some = names[first : first + _LINES]
                if len(some) < _LINES:
                    continue
                samples, said = assemble([[decode(sounds[name])] for name in some], seed=number)
                yield Spoken(
                    name=f"game_{language}_{speaker}{number}",
                    language=language,
                    samples=samples,
                    texts=tuple(texts[language][name] for name in some),
                    said=said,
                    told={
                        other: tuple(known.get(name, "") for name in some)
                        for other, known in texts.items()
                        if other != language
                    },
                )


def prompts(folder: Path, only: str = "") -> Iterator[Spoken]:
    """Phrases of three digits, of eight voices in five languages."""
    for package in (name for name in PACKAGES if name.startswith("asterisk")):
        language = package.split("-")[3 if "core" in package else 2]
        name = f"digits_{package.removeprefix('asterisk-').removesuffix('-wav')}"
        if only not in name:
            continue
        words = DIGITS[language].split()
        files = [_sound_of(folder / package, f"digits/{digit}") for digit in range(10)]
        if not all(files):
            tell(f"{package}: no digits")
            continue
        yield _phrases(name, language, list(zip(words, files, strict=True)))


def letters(folder: Path, only: str = "") -> Iterator[Spoken]:
    """Phrases of three letters, and of three syllables, in two dozen languages."""
    base = folder / "klettres-data/usr/share/klettres"
    for place in sorted(path for path in base.iterdir() if (path / "sounds.xml").exists()):
        root = ElementTree.parse(place / "sounds.xml").getroot()
        for kind in ("alphabet", "syllables"):
            name = f"{kind}_{place.name}"
            found = [
                (sound.get("name", "").strip().lower(), base / sound.get("file", ""))
                for part in root.iter(kind)
                for sound in part.iter("sound")
            ]
            found = [(text, path) for text, path in found if text and path.exists()]
            if only in name and len({text for text, _ in found}) >= 12:
                yield _phrases(name, place.name.replace("_", "-"), found)


@cache
def _poem_rows() -> tuple[list[dict[str, str]], np.ndarray]:
    path = real_media() / "long/fleurs_du_mal_01_14.mp4"
    with path.with_suffix(".segments.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file)), decode(path)


def poems(folder: Path, only: str = "") -> Iterator[Spoken]:  # noqa: ARG001
    """Poems, each alone, with what its reader says before it."""
    if only and not only.startswith("poem"):
        return
    rows, samples = _poem_rows()
    for row in rows:
        number = re.findall(r"_(\d{3})_", row["source"])[0]
        text = real_media() / f"long/fleurs_du_mal_01_14_texts/{number}.txt"
        if text.exists():
            start, end = float(row["start_seconds"]), float(row["end_seconds"])
            yield Spoken(
                name=f"poem_{number}",
                language="fr",
                samples=samples[round(start * RATE) : round(end * RATE)],
                texts=tuple(filter(None, map(str.strip, text.read_text("utf-8").splitlines()))),
            )


def stamps(folder: Path, only: str = "") -> Iterator[Spoken]:
    """What stamps show, in ten languages: some all said, some with lines and speech left over."""
    base = folder / "tuxpaint-stamps-default/usr/share/tuxpaint/stamps"
    for language in _STAMPED:
        if not only.startswith("stamps") or only[7:9] not in ("", language):
            continue
        told = list(_told_stamps(base, language).items())
        random.Random(language).shuffle(told)
        for name, (count, pauses, unsaid, unwritten) in _STAMPS.items():
            chance = random.Random(f"{language}{name}")
            wanted, told = told[: count + unsaid + unwritten], told[count + unsaid + unwritten :]
            if len(wanted) < count + unsaid + unwritten:
                continue
            # Lines without a sound, and sounds without a line, lie between the others.
            parts = [(text, path) for text, path in wanted[:count]]
            for text, _ in wanted[count : count + unsaid]:
                parts.insert(chance.randrange(1, len(parts)), (text, None))
            for _, path in wanted[count + unsaid :]:
                parts.insert(chance.randrange(1, len(parts)), (None, path))
            sounds = [[decode(path)] for _, path in parts if path]
            samples, spans = assemble(sounds, seed=1, pauses=pauses)
            texts = tuple(text for text, _ in parts if text)
            said = [
                Said(
                    line=texts.index(text) + 1,
                    start_seconds=span.start_seconds,
                    end_seconds=span.end_seconds,
                )
                for (text, path), span in zip((p for p in parts if p[1]), spans, strict=True)
                if text
            ]
            yield Spoken(
                name=f"stamps_{language}_{name}",
                language=language,
                samples=samples,
                texts=texts,
                said=tuple(said),
            )


def _told_stamps(base: Path, language: str) -> dict[str, Path]:
    """Give what is said of stamps in words of one language, and its sound."""
    told: dict[str, Path] = {}
    for path in sorted(base.rglob(f"*_desc_{language}.*")):
        text = path.with_name(path.name.partition("_desc_")[0] + ".txt")
        for line in text.read_text("utf-8", "replace").splitlines() if text.exists() else ():
            key, _, words = line.partition("=")
            if key == f"{language}.utf8" and len(words) >= 8 and not re.search(r"\d", words):
                told.setdefault(words.strip(), path)
    return told


def _phrases(name: str, language: str, words: Sequence[tuple[str, Path]]) -> Spoken:
    """Say phrases of three different words, in another order each."""
    chance = random.Random(name)
    sounds = {path: tight(decode(path)) for _, path in words}
    words = [(text, path) for text, path in words if sounds[path].size]
    deck: list[tuple[str, Path]] = []
    phrases = []
    for _ in range(_PHRASES):
        while len(deck) < _WORDS:
            deck += chance.sample(words, len(words))
        phrases.append([deck.pop() for _ in range(_WORDS)])
    samples, said = assemble([[sounds[path] for _, path in each] for each in phrases], seed=1)
    return Spoken(
        name=name,
        language=language,
        samples=samples,
        texts=tuple(" ".join(text for text, _ in each) for each in phrases),
        said=said,
    )


def assemble(
    lines: Sequence[Sequence[np.ndarray]],
    *,
    seed: int,
    pauses: tuple[float, float] = (0.6, 1.3),
) -> tuple[np.ndarray, tuple]:
    """Put lines after each other with pauses of a quiet room; give where each is."""
    rng = np.random.default_rng(seed)
    parts, said, at = [np.zeros(RATE, np.float32)], [], RATE
    for number, words in enumerate(lines, 1):
        start = at
        for k, word in enumerate(words):
            loud = tight(word)
            loud = loud * np.float32(0.07 / max(1e-6, float(np.sqrt(np.mean(loud**2)))))
            gap = np.zeros(round(0.07 * RATE) if k else 0, np.float32)
            parts += [gap, loud]
            at += gap.size + loud.size
        said.append(Said(line=number, start_seconds=start / RATE, end_seconds=at / RATE))
        parts.append(np.zeros(round(rng.uniform(*pauses) * RATE), np.float32))
        at += parts[-1].size
    sound = np.concatenate(parts)
    room = pink(sound.size, seed)
    sound = sound + room * np.float32(10 ** (-62 / 20) / float(np.sqrt(np.mean(room**2))))
    return (sound / max(1.0, float(np.abs(sound).max()))).astype(np.float32), tuple(said)


def tight(samples: np.ndarray) -> np.ndarray:
    """Take silence off both ends."""
    runs = runs_of(sound_steps(samples)) if samples.size > 4_000 else []
    if not runs:
        return samples
    step = round(STEP_SECONDS * RATE)
    return samples[runs[0][0] * step : runs[-1][1] * step]


def _dialogs(folder: Path, language: str) -> dict[str, str]:
    base = folder / "fillets-ng-data" / _GAME / "script"
    return {
        name: re.sub(r"\s+", " ", text.replace('\\"', '"')).strip()
        for path in sorted(base.glob(f"*/dialogs_{language}.lua"))
        for name, text in _DIALOG.findall(path.read_text("utf-8", errors="replace"))
    }


def _sound_of(folder: Path, name: str) -> Path | None:
    found = sorted(path for path in folder.rglob(f"{name}.*") if path.suffix in (".wav", ".gsm"))
    return found[0] if found else None
