"""Words of the command line as the values of flags: texts, numbers, files, and what has a parser.

Typer reads them by pydantic, which takes longer to load than most questions take to answer. Names
of flags, help and refusals stay Typer's own.
"""

import math
from copy import copy
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer
from typer.core import TyperArgument, TyperOption

# How refusals call the numbers that Python reads.
_NUMBERS = {int: "whole number", float: "number"}


class QuickOption(TyperOption):
    """An option whose words are read here."""

    def get_runtime_param(self) -> Any:
        """Give what reads the words."""
        return _READER


class QuickArgument(TyperArgument):
    """An argument whose words are read here."""

    def get_runtime_param(self) -> Any:
        """Give what reads the words."""
        return _READER


class QuickFlags:
    """Stands before a class of Typer's commands: their flags and arguments are read here."""

    _quick_params: list[Any] | None = None

    def get_params(self, ctx: Any) -> list[Any]:
        """Give the flags and arguments, `--help` among them."""
        if self._quick_params is None:  # the same ones each time: they are told apart by identity
            self._quick_params = [_quick(param) for param in super().get_params(ctx)]  # type: ignore[misc]  # of Typer's
        return self._quick_params


def _quick(param: Any) -> Any:
    """Give a flag that is read here; one of a kind that is not known here, as it is."""
    kind = param.type_descriptor.annotation
    is_plain = kind in (bool, str, Path, *_NUMBERS) or get_origin(kind) is Literal
    has_parser = _parser_of(param) is not None
    if param.type_descriptor.is_list:
        is_known = kind in (list[str], list[Path]) and not has_parser
    else:
        is_known = is_plain or has_parser
    if not is_known:
        return param
    quick = copy(param)
    quick.__class__ = QuickOption if isinstance(param, TyperOption) else QuickArgument
    return quick


class _WordReader:
    """Stands where Typer puts pydantic's reader of a flag."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:  # noqa: ARG002
        """Give the value of a flag, from its words, its default, or None where neither is there.

        Raises:
            typer.BadParameter: a word that is no such value.
        """
        descriptor = param.type_descriptor
        if value is None:
            return () if descriptor.is_list else None
        if descriptor.is_list:
            (kind,) = get_args(descriptor.annotation)
            return [*map(kind, value)]
        parser = _parser_of(param)
        if parser is not None:
            return parser(value)
        kind = descriptor.annotation
        if kind in _NUMBERS:
            return _read_number(value, kind, param)
        return _read_choice(value, get_args(kind)) if get_args(kind) else kind(value)


_READER = _WordReader()


def _parser_of(param: Any) -> Any:
    return param.type_descriptor.parameter_info.parser


def _read_choice(word: Any, choices: tuple[Any, ...]) -> Any:
    if word not in choices:
        raise typer.BadParameter(f"{word!r} is not one of {', '.join(map(repr, choices))}")
    return word


def _read_number(word: Any, kind: "type[int] | type[float]", param: Any) -> float:
    try:
        number = kind(word)
    except ValueError:
        raise typer.BadParameter(f"{word!r} is no {_NUMBERS[kind]}") from None
    most = math.inf if param.max is None else param.max
    if param.min is not None and not param.min <= number <= most:
        upto = "" if param.max is None else f" and at most {param.max}"
        raise typer.BadParameter(f"{word} is not allowed; give at least {param.min}{upto}")
    return number
