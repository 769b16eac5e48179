"""English prompts of a telephone exchange, read by one voice, with their texts.

The sound is of the Debian package `asterisk-core-sounds-en-wav`, the texts stand in the
`core-sounds-en.txt` of its source. Both are put into one folder; nothing of them is kept here.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from align_truth import RATE, Recording, Said, decode
from planted_words import PROMPTS, Change

from audioset.records.lines import Line
from audioset.records.sentence import placed_words

_LEAST_WORDS, _LONGEST_SECONDS, _PAUSE_SECONDS = 3, 28.0, 0.6
# What is said there is not what stands there: other words altogether, and a word more.
_SAID_OTHERWISE = "conf-roll-callcomplete"
_SAID_SO = ("I am sorry, there is no call", "I am sorry, but there is no call")
_KEYS = {"*": "star", "#": "pound"}


def prompts(folder: Path, first: int) -> tuple[Recording, list[Change]]:
    """Join each second prompt, from the first or the second on, and tell what is changed in it."""
    texts = dict(_texts(folder / "core-sounds-en.txt"))
    place = next(folder.rglob("en_US_f_Allison"))
    there = [name for name in sorted(texts) if (place / f"{name}.wav").is_file()]
    names = [name for name in there if name != _SAID_OTHERWISE][first::2]
    parts, lines, said, at = [], list[Line](), list[Said](), 0.0
    numbers = dict[str, int]()
    pause = np.zeros(round(_PAUSE_SECONDS * RATE), np.float32)
    for name in names:
        sound = decode(place / f"{name}.wav")
        if sound.size > _LONGEST_SECONDS * RATE:
            continue
        parts += [sound, pause]
        lines.append(Line(number=len(lines) + 1, text=texts[name]))
        numbers[name] = len(lines)
        end = at + sound.size / RATE
        said.append(Said(line=len(lines), start_seconds=at, end_seconds=end))
        at = end + _PAUSE_SECONDS
    recording = Recording(
        name=f"prompts_{first + 1}",
        kind="prompts",
        held_out=bool(first),
        samples=np.concatenate(parts),
        lines=tuple(lines),
        said=tuple(said),
    )
    changes = [(numbers[name], word, to) for name, word, to in PROMPTS if name in numbers]
    return recording, changes


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    for row in path.read_text("utf-8").splitlines():
        name, colon, text = row.partition(":")
        said = re.sub(r"[\[(].*?[\])]", " ", text)
        said = " ".join(re.sub(r"[*#]", lambda key: f" {_KEYS[key[0]]} ", said).split())
        if colon and sum(1 for _ in placed_words(said)) >= _LEAST_WORDS:
            yield name.removesuffix(".wav").strip(), said.replace(*_SAID_SO)
