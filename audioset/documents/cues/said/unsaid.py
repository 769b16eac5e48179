r"""What stands in the text of a cue and nobody says: sounds, silence, and words of programs.

- A cue of which the whole text is a word for sound or silence in brackets (`[Music]`, `(laughs)`,
  `[BLANK_AUDIO]`), signs without a letter (`♪`, `…`, `_`, `@`) or, of labels, an aligner's word for
  silence (`sil`, `<p:>`, `<eps>`), says that nobody speaks: it is left out.
- One that says that something is said and not what (`<unk>`, `spn`, `(inaudible)`, `xxx`) has no
  text.
- Notes and a recogniser's own tokens (`<|0.00|>`, `[_BEG_]`) are taken out of a text.
- All else in brackets, and thanks for subtitles that recognisers make up, stays and is told.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from audioset.documents.cues.said.unsaid_words import (
    ALIGNER_SILENCE,
    ALIGNER_UNKNOWN,
    CREDITS,
    PERSONS,
    SOUND_PHRASES,
    SOUNDS,
    UNKNOWN_WORDS,
)
from audioset.documents.reading.text import shown
from audioset.records.cue import Cue

_BRACKETED = re.compile(
    r"\[[^\[\]]{0,80}\]|\([^()]{0,80}\)|<[^\W\d_][^<>\s]{0,40}>|\{[^{}]{0,80}\}|\*[^*\s][^*]{0,80}\*"
    r"|\uff08[^\uff08\uff09]{0,80}\uff09|\u3010[^\u3010\u3011]{0,80}\u3011"
)
_TOKEN = re.compile(r"<\|[^<>|]{0,40}\|>|\[_[A-Z]{2,8}(?:_\d{1,6})?_?\]")
_MOST_WORDS = 4  # more is a sentence
_MUSIC = re.compile("[\u2669-\u266f\U0001f3a0-\U0001f3bf]+")


def is_sound(words: str) -> bool:
    """Tell whether words in brackets are about sound, silence, or speech that is not understood."""
    plain = _MUSIC.sub("", words).strip(" .!").casefold()
    parts = re.split(r"[\s,;/]+", plain)
    if plain in SOUND_PHRASES:
        return True
    known, persons = (SOUNDS | UNKNOWN_WORDS) & set(parts), PERSONS & set(parts)
    return bool(known) and not persons and len(parts) <= _MOST_WORDS


def without_unsaid(
    cues: Sequence[Cue], at: Callable[[Cue], str], problems: list[str], *, captions: bool
) -> list[Cue]:
    """Leave out or tell what nobody says, by the rules above.

    Args:
        cues: with texts of one line.
        at: says where a cue stands in the file.
        problems: gets a sentence for each kind of thing that was found.
        captions: an aligner's words are those of a person there.
    """
    kept: list[Cue] = []
    told: dict[str, list[Cue]] = {}
    for cue in cues:
        if cue.text is None:
            kept.append(cue)
            continue
        kind = _kind(cue.text, captions=captions)
        if kind in ("nothing", "unknown"):
            told.setdefault(kind, []).append(cue)
            if kind == "unknown":
                kept.append(replace(cue, text=None))
            continue
        text = " ".join(_MUSIC.sub(" ", _TOKEN.sub(" ", cue.text)).split())
        for about in _remarks(cue.text, text):
            told.setdefault(about, []).append(cue)
        kept.append(replace(cue, text=text))
    problems.extend(_sentence(about, these, at) for about, these in told.items())
    return kept


def _kind(text: str, *, captions: bool) -> str:
    """Tell what a whole text is: "nothing", "unknown" words, or "words"."""
    plain = _MUSIC.sub(" ", _TOKEN.sub(" ", text)).strip()
    if not any(letter.isalnum() for letter in plain):
        return "nothing"
    folded = plain.casefold()
    if folded in ("<unk>", "[unk]") or (not captions and folded in ALIGNER_UNKNOWN):
        return "unknown"
    if not captions and folded in ALIGNER_SILENCE:
        return "nothing"
    inside = [mark[1:-1] for mark in _BRACKETED.findall(plain)]
    outside = _BRACKETED.sub(" ", plain)
    if not inside or any(letter.isalnum() for letter in outside):
        return "words"
    if all(is_sound(words) for words in inside):
        parts = set(re.split(r"[\s,;/]+", " ".join(inside).casefold()))
        return "unknown" if parts & UNKNOWN_WORDS else "nothing"
    return "words"


def _remarks(before: str, text: str) -> list[str]:
    """Name what there is to say about a text that is kept."""
    found = []
    if _MUSIC.search(before):
        found.append("sung")
    if _TOKEN.search(before):
        found.append("tokens")
    marks = _BRACKETED.findall(text)
    if any(mark[0] not in "(\uff08" or is_sound(mark[1:-1]) for mark in marks):
        found.append("marks")
    if CREDITS.search(text):
        found.append("credits")
    return found


def _sentence(about: str, cues: Sequence[Cue], at: Callable[[Cue], str]) -> str:
    count = "1 cue" if len(cues) == 1 else f"{len(cues)} cues"
    where = f"{count} ({at(cues[0])}: {shown(cues[0].text or '')})"
    return {
        "nothing": f"{where} in which nobody speaks, left out",
        "unknown": f"{where} of unknown words, left without text",
        "sung": f"{where} marked as sung; the notes were taken out of the text",
        "tokens": f"{where} with tokens of a recogniser, taken out of the text",
        "marks": f"{where} with words in brackets, perhaps not said; kept in the text",
        "credits": f"{where} with what subtitles say of themselves, perhaps not said; kept",
    }[about]
