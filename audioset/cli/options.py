"""Options that several commands share, and how words of the command line become values."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

_WHERE = "Where things are (flags > AUDIOSET_* variables > audioset.toml)"

Workspace = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Folder with audioset.toml; the nearest one upwards from here by default.",
        rich_help_panel=_WHERE,
    ),
]
Name = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Name of the dataset.", rich_help_panel=_WHERE),
]
Store = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Store of the versions: a folder, s3://bucket/prefix, gs://… or az://….",
        rich_help_panel=_WHERE,
    ),
]
Catalog = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Database of decisions: sqlite:///… or postgresql+psycopg://….",
        rich_help_panel=_WHERE,
    ),
]
Tracking = Annotated[
    str | None,
    typer.Option(metavar="URI", help="MLflow: sqlite:///… or http://….", rich_help_panel=_WHERE),
]
Json = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON, with everything in it.")
]
Facts = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A fact, such as accent=glasgow; repeatable."),
]

FOUND_PROBLEMS = 3  # exit status: all went well, and a check found something
_LENGTH = re.compile(
    r"(?:(?P<h>\d+(?:\.\d+)?)h)?(?:(?P<m>\d+(?:\.\d+)?)m)?(?:(?P<s>\d+(?:\.\d+)?)s?)?", re.ASCII
)
_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?) ?(?P<prefix>[kmgt]?)(?P<binary>i?)b", re.ASCII)


def parse_size(text: str, option: str) -> int:
    """Read a size such as `1GB`, `500 MB` or `64MiB` as bytes.

    Raises:
        typer.BadParameter: another form, or zero.
    """
    size = 0
    if match := _SIZE.fullmatch(text.strip().lower()):
        power = " kmgt".index(match["prefix"] or " ")
        size = int(float(match["number"]) * (1024 if match["binary"] else 1000) ** power)
    if size <= 0:
        raise typer.BadParameter(
            f"{text!r} is not a size; write 1GB, 500MB or 64MiB", param_hint=option
        )
    return size


def parse_length(text: str, option: str) -> float:
    """Read a length such as `2h`, `90m`, `1h30m`, `3600s` or `3600` as seconds.

    Raises:
        typer.BadParameter: another form, or zero.
    """
    match = _LENGTH.fullmatch(text.strip().lower())
    parts = match.groupdict(default="0") if match else {"h": "0", "m": "0", "s": "0"}
    seconds = 3600 * float(parts["h"]) + 60 * float(parts["m"]) + float(parts["s"])
    if seconds <= 0:
        raise typer.BadParameter(
            f"{text!r} is not a length; write 2h, 90m, 1h30m or 3600s", param_hint=option
        )
    return seconds


def parse_age(text: str, option: str) -> float:
    """Read an age such as `7d` or `48h` as seconds.

    Raises:
        typer.BadParameter: another form, or zero.
    """
    days = re.fullmatch(r"(\d+(?:\.\d+)?)d", text.strip().lower(), re.ASCII)
    if days and float(days[1]) > 0:
        return float(days[1]) * 24 * 3600
    return parse_length(text, option)


def require_shares(options: Mapping[str, float | None]) -> None:
    """Require that options with a number are shares, not per cent.

    Raises:
        typer.BadParameter: one is not from 0 to 1.
    """
    from audioset.records.split_report import wrong_share

    for option, share in options.items():
        if share is not None and (wrong := wrong_share(share)):
            raise typer.BadParameter(wrong, param_hint=option)


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
