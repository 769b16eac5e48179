"""Verb: a verb of the workspace as a command. What all commands share is stated here, once."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import typer

Panel = Literal["Start", "Clips", "Review", "Versions", "Training", "Experiments", "Lineage"]
Where = Literal["name", "store", "catalog", "tracking"]
Body = Callable[..., int | None]


def _where(metavar: str, help: str) -> Any:
    panel = "Where things are (flags > AUDIOSET_* variables > audioset.toml)"
    return typer.Option(metavar=metavar, help=help, rich_help_panel=panel)


# The arguments of `open_workspace` that are flags. Every verb takes the first.
WHERE: Mapping[str, Any] = {
    "workspace": Annotated[
        str | None,
        _where(
            "DIR",
            "Folder with audioset.toml, or s3://bucket/folder; the nearest one upwards from here "
            "by default.",
        ),
    ],
    "name": Annotated[str | None, _where("NAME", "Name of the dataset.")],
    "store": Annotated[
        str | None,
        _where("URL", "Store of the versions: a folder, s3://bucket/prefix, gs://… or az://…."),
    ],
    "catalog": Annotated[
        str | None,
        _where("URL", "Database of decisions: sqlite:///… or postgresql+psycopg://…."),
    ],
    "tracking": Annotated[str | None, _where("URI", "MLflow: sqlite:///… or http://….")],
}


@dataclass(frozen=True, slots=True)
class Verb:
    """A command as its file states it.

    Attributes:
        panel: heading of the help page under which it stands.
        examples: as they are typed, one per line.
        call: what typer calls; its signature is what typer reads.
        launches: its last argument is a command with options of its own.
        first_word: the flag that a further word before its argument stands for.
    """

    panel: Panel
    examples: str
    call: Callable[..., int | None]
    launches: bool = False
    first_word: str | None = None

    @property
    def summary(self) -> str:
        """What it does, in one line."""
        return (self.call.__doc__ or "").partition("\n")[0]


def verb(
    panel: Panel,
    *,
    examples: str,
    where: Sequence[Where] | None = (),
    records: Mapping[str, Mapping[str, Any]] | None = None,
    opens: bool = True,
    launches: bool = False,
    first_word: str | None = None,
) -> Callable[[Body], Verb]:
    """Make a command of a function that is given an open workspace and returns an exit code.

    Args:
        panel, examples: as in `Verb`.
        where: which places the command uses besides the workspace, each a flag; None for a command
            that has no workspace to open.
        records: parameters of the function that are records of options: each becomes a flag for
            every field, by name of the field, and the function gets those that were given.
        opens: whether the workspace is opened for it. A function for which it is not is given what
            was said of the places instead, by name.
        launches, first_word: as in `Verb`.
    """

    def decorate(body: Body) -> Verb:
        places = () if where is None else ("workspace", *where)
        named = [name for name in WHERE if name in places]
        call = _with_workspace(body, named, records or {}, opens=opens)
        return Verb(panel, inspect.cleandoc(examples), call, launches, first_word)

    return decorate


def _with_workspace(
    body: Body, places: Sequence[str], records: Mapping[str, Mapping[str, Any]], *, opens: bool
) -> Callable[..., int | None]:
    """Wrap a body in a function with all of the flags, which opens the workspace for it."""

    def call(**said: Any) -> int | None:
        for name, fields in records.items():
            values = {field: said.pop(field) for field in fields}
            said[name] = {field: value for field, value in values.items() if value is not None}
        if not places:
            return body(**said)
        if not opens:
            return body({name: said.pop(name) for name in places}, **said)
        from audioset.cli.render import say_overruled
        from audioset.workspace import open_workspace

        is_named = said.get("workspace") is not None
        ws = open_workspace(**{name: said.pop(name) for name in places})
        if not is_named:
            say_overruled(ws.folder)
        return body(ws, **said)

    flags = _flags_of(body, places, records)
    call.__name__, call.__doc__ = body.__name__, inspect.getdoc(body)
    call.__annotations__ = {flag.name: flag.annotation for flag in flags}
    call.__signature__ = inspect.Signature(flags)  # type: ignore[attr-defined]  # read by inspect
    return call


def _flags_of(
    body: Body, places: Sequence[str], records: Mapping[str, Mapping[str, Any]]
) -> list[inspect.Parameter]:
    """Give what typer shall offer: the body's own parameters, and what is shared."""
    flags = []
    for parameter in inspect.signature(body).parameters.values():
        if parameter.name in records:
            flags += [_unsaid(field, flag) for field, flag in records[parameter.name].items()]
        elif parameter.kind is inspect.Parameter.KEYWORD_ONLY:  # all but the workspace
            flags.append(parameter)
    return [*flags, *(_unsaid(place, WHERE[place]) for place in places)]


def _unsaid(name: str, flag: Any) -> inspect.Parameter:
    """Make a flag that is None where nobody gives it."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=flag)
