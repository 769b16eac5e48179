"""The voice for a language, and the language of a text.

A language without a voice of its own is said by that of a near one, where there is any. Which
language a text is in is told by its letters (py3langid, BSD-3-Clause, 139 languages): of game
subtitles in ten languages three lines were always enough, with a distance of 80 or more to English
(2026).
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.util import find_spec
from statistics import median
from typing import Any

from audioset.errors import NotFoundError, as_option
from audioset.hearing.align.voices.espeak import DEFAULT_VOICE, list_voices
from audioset.records.languages import language_name, language_of

# Languages and dialects without a voice, and the voice of a near language or accent.
_NEAR_VOICES = {
    "en-gb-scotland": "sco",
    "en": "pcm jam",
    "de": "gsw bar ksh pfl swg vmf nds frr stq",
    "nl": "fy li vls zea",
    "fr": "wa pcd nrf frp",
    "es": "gl ast ext lad",
    "pt": "mwl",
    "ca": "oc",
    "it": "co scn sc nap vec lij lmo pms egl fur rm",
    "ro": "rup",
    "cs": "hsb",
    "pl": "dsb csb szl",
    "uk": "rue",
    "sr": "cnr",
    "is": "fo",
    "kk": "kaa",
    "et": "vro",
    "fi": "olo krl se sma smn",
    "lv": "liv",
    "cy": "br kw",
    "ga": "gv",
    "id": "tl fil jv su ceb ilo min bug ace bcl war pam mg",
    "sw": "zu xh ss ts ve rw rn lg ny sn ln kg ki lua bem",
    "tn": "st nso",
    "hi": "mai bho awa mag hne sa raj",
    "kok": "gom",
    "ur": "pnb sd-arab",
    "ar": "arz ary apc acm afb aeb",
    "fa": "prs azb lrc",
    "ku": "kmr",
    "tr": "crh gag",
    "cmn": "lzh wuu",
}
_NEAR_VOICE = {other: voice for voice, others in _NEAR_VOICES.items() for other in others.split()}
_HEARD_LETTERS = 4_000  # of a text: more makes nobody surer
_WORD = re.compile(r"[^\W\d_]+")
_SOME_ENGLISH = """the of and that this with they you your his her which were would there their
what been from have one two three four five seven eight nine"""
_ENGLISH_WORDS = frozenset(_SOME_ENGLISH.split())
_KNOWN_SHARE, _LEAST_KNOWN = 0.1, 8
_CLEARLY = 20.0  # natural log: so much likelier than English a text must be in another language
# Letters and syllables are no language's words: of Spanish syllables 67 spoke for Fulah, of Italian
# letters 67 for no language at all. Other scripts speak for themselves.
_LEAST_LETTERS, _LAST_LATIN = 3, "\u024f"


def choose_voice(voice: str | None, language: str | None) -> str:
    """Give the voice to use: the one that was asked for, or one for the language.

    Args:
        voice: language of a voice, with "+f2" or another variant behind it if wanted.
        language: as "en", "en-GB-scotland", "deu" or "German"; its longest beginning that has a
            voice is taken, or the voice of a near language.

    Raises:
        NotFoundError: there is no such voice; the text names near ones. Or no wheel.
    """
    if voice is not None:
        return _voice_called(voice)
    if language is None:
        return DEFAULT_VOICE
    found = voice_of_language(language)
    if found is None:
        raise NotFoundError(
            f"espeak-ng has no voice for the language {language_name(_tag(language))}, nor for a "
            f"near one; name the voice that comes nearest with {as_option('voice')}, or find the "
            f"lines by pauses alone: {as_option('aligner', 'structural')}"
        )
    return found


def voice_of_language(language: str) -> str | None:
    """Give the voice of a language or of one near to it; None where there is none."""
    known = list_voices()
    tag = _tag(language).lower()
    while tag:
        if tag in known:
            return tag
        if tag in _NEAR_VOICE:
            return _NEAR_VOICE[tag]
        tag = tag.rpartition("-")[0]
    return None


def find_language(texts: Iterable[str]) -> str | None:
    """Tell which language texts are in.

    Returns:
        Its tag, which has no voice only where no language with a voice comes near; None where it
        may as well be English, or where nobody can tell, because py3langid is not installed.
    """
    if find_spec("py3langid") is None:
        return None
    text = "\n".join(texts)[:_HEARD_LETTERS]
    if not any(letter.isalpha() for letter in text):
        return None
    if _is_plainly_english(text) or _is_spelt(text):
        return None
    scores: Sequence[tuple[str, float]] = _identifier().rank(text)
    first, best = scores[0]
    if best <= dict(scores)[DEFAULT_VOICE] + _CLEARLY:
        return None
    near = (tag for tag, score in scores if score >= best - _CLEARLY)
    return next((tag for tag in near if voice_of_language(tag)), first)


def _is_plainly_english(text: str) -> bool:
    """Tell by words that only English has: to load the model costs as much as to find lines."""
    words = _WORD.findall(text.casefold())
    known = sum(word in _ENGLISH_WORDS for word in words)
    return known >= _LEAST_KNOWN and known >= _KNOWN_SHARE * len(words)


def _is_spelt(text: str) -> bool:
    """Tell whether most words are Latin letters or syllables, which any language may have."""
    words = _WORD.findall(text)
    return max(text) <= _LAST_LATIN and median(map(len, words)) < _LEAST_LETTERS


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE)


def _voice_called(wanted: str) -> str:
    known = list_voices()
    wanted = wanted.strip().lower().replace("_", "-")
    base, plus, variant = wanted.partition("+")
    if base in known:
        return base + plus + variant
    nearest = None if "-" in base else voice_of_language(base)
    near = [nearest] if nearest else []
    near += difflib.get_close_matches(base, known, n=4, cutoff=0.5)
    near += [name for name in known if name.split("-")[0] == base.split("-")[0]]
    hint = f"near it are {', '.join(dict.fromkeys(near))}" if near else f"known: {', '.join(known)}"
    raise NotFoundError(f"espeak-ng has no voice {wanted!r}; {hint}")


def _tag(language: str) -> str:
    return language_of(language.strip().replace("_", "-"))
