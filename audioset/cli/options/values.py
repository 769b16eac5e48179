"""How words of the command line become values."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

import typer

Word = TypeVar("Word", bound=str)

_LENGTH = re.compile(
    r"(?:(?P<h>\d+(?:\.\d+)?)h)?(?:(?P<m>\d+(?:\.\d+)?)m)?(?:(?P<s>\d+(?:\.\d+)?)s?)?", re.ASCII
)
_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?) ?(?P<prefix>[kmgt]?)(?P<binary>i?)b", re.ASCII)
_DAYS = re.compile(r"(\d+(?:\.\d+)?)d", re.ASCII)


def parse_size(text: str) -> int:
    """Read a size such as `1GB`, `500 MB` or `64MiB` as bytes.

    Raises:
        typer.BadParameter: another form, or zero.
    """
    size = 0
    if match := _SIZE.fullmatch(text.strip().lower()):
        power = " kmgt".index(match["prefix"] or " ")
        size = int(float(match["number"]) * (1024 if match["binary"] else 1000) ** power)
    if size <= 0:
        raise typer.BadParameter(f"{text!r} is not a size; write 1GB, 500MB or 64MiB")
    return size


def parse_length(text: str) -> float:
    """Read a length such as `2h`, `90m`, `1h30m`, `3600s` or `3600` as seconds.

    Raises:
        typer.BadParameter: another form, or zero.
    """
    match = _LENGTH.fullmatch(text.strip().lower())
    parts = match.groupdict(default="0") if match else {"h": "0", "m": "0", "s": "0"}
    seconds = 3600 * float(parts["h"]) + 60 * float(parts["m"]) + float(parts["s"])
    if seconds <= 0:
        raise typer.BadParameter(f"{text!r} is not a length; write 2h, 90m, 1h30m or 3600s")
    return seconds


def parse_shift(text: str) -> float:
    """Read by how much times are moved, such as `-1:00:00`, `+0:02.5` or `-3600`, as seconds.

    Raises:
        typer.BadParameter: another form.
    """
    from audioset.documents.reading.clock import time_seconds

    seconds = time_seconds(text.strip().removeprefix("+"))
    if seconds is None:
        raise typer.BadParameter(f"{text!r} is no time; write -1:00:00, +0:02.5 or -3600")
    return float(seconds)


def parse_ratio(text: str) -> float:
    """Read a number, or one divided by another, such as `24/25`.

    Raises:
        typer.BadParameter: another form, or zero.
    """
    over, slash, under = text.partition("/")
    try:
        ratio = float(over) / float(under if slash else 1)
    except (ValueError, ZeroDivisionError):
        ratio = 0
    if ratio <= 0:
        raise typer.BadParameter(f"{text!r} is no ratio; write 0.96 or 24/25")
    return ratio


def parse_age(text: str) -> timedelta:
    """Read an age such as `7d` or `48h`.

    Raises:
        typer.BadParameter: another form, or zero.
    """
    days = _DAYS.fullmatch(text.strip().lower())
    if days and float(days[1]) > 0:
        return timedelta(days=float(days[1]))
    return timedelta(seconds=parse_length(text))


def parse_share(text: str) -> float:
    """Read a share from 0 to 1, and say what to write where per cent are meant.

    Raises:
        typer.BadParameter: no number, or another one.
    """
    from audioset.records.split_report import wrong_share

    try:
        share = float(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no number") from None
    if wrong := wrong_share(share):
        raise typer.BadParameter(wrong)
    return share


def parse_takes(text: str) -> int | None:
    """Read how often lines are said; None for auto.

    Raises:
        typer.BadParameter: another word, or zero.
    """
    word = text.strip().lower()
    if word == "auto":
        return None
    if word.isdecimal() and int(word) >= 1:
        return int(word)
    raise typer.BadParameter(f"{text!r} is no number of takes; write 3, or auto")


def either(one: Word, other: Word) -> Callable[[str], Word]:
    """Give a reader of one of two words, which refuses every other."""

    def parse(text: str) -> Word:
        for word in (one, other):
            if text == word:
                return word
        raise typer.BadParameter(f"{text!r} is neither {one} nor {other}")

    return parse


def parse_facts(words: Sequence[str] | None, flags: Mapping[str, str | None]) -> dict[str, str]:
    """Read `--set key=value` words, and facts that have a flag of their own.

    Raises:
        typer.BadParameter: a word without `=`, or a fact that is set twice.
    """
    facts = {key: value for key, value in flags.items() if value is not None}
    for word in words or ():
        key, equals, value = word.partition("=")
        if not equals or not key.strip():
            raise typer.BadParameter(f"{word!r} is not of the form key=value", param_hint="--set")
        if key.strip() in facts:
            raise typer.BadParameter(f"{key.strip()!r} is set twice", param_hint="--set")
        facts[key.strip()] = value
    return facts


def parse_names(text: str | None) -> tuple[str, ...]:
    """Read names between commas; none where nothing is said."""
    return tuple(name for part in (text or "").split(",") if (name := part.strip()))


def parse_params(words: Sequence[str] | None) -> dict[str, str]:
    """Read `--param name=values` words.

    Raises:
        typer.BadParameter: a word without `=`, or a name that is given twice.
    """
    params: dict[str, str] = {}
    for word in words or ():
        name, equals, values = word.partition("=")
        if not equals:
            raise typer.BadParameter(
                f"{word!r} is not of the form NAME=VALUES", param_hint="--param"
            )
        if name in params:
            raise typer.BadParameter(f"{name!r} is given twice", param_hint="--param")
        params[name] = values
    return params
