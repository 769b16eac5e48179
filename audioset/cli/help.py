"""Help pages in plain text: commands and options in named groups, examples as they are typed.

Typer's own pages are drawn by rich, which takes longer to load than the page takes to read. A
command is made when it is run or asked about: to make all of them takes longer still.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from typer.core import TyperCommand, TyperGroup

from audioset.cli.read_words import QuickFlags


class Command(QuickFlags, TyperCommand):
    """A command whose options are grouped by panel and whose epilog is its examples."""

    first_word: str | None = None  # the flag that a word before its argument stands for

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words; one more than its argument, and before it, is the value of a flag."""
        if self.first_word is not None:
            word, beyond_argument = self.first_argument(ctx, args)
            if word is not None and beyond_argument:
                args = [self.first_word, *_first(word, args)]
        return super().parse_args(ctx, args)

    def first_argument(self, ctx: Any, args: list[str]) -> tuple[str | None, list[str]]:
        """Find the first word that is neither a flag nor the value of one, and what is too much."""
        name = next(each.name for each in self.params if each.param_type_name == "argument")
        values, beyond_arguments, _ = self.make_parser(ctx).parse_args([*args])
        return values.get(name), beyond_arguments

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write the first line; the default command of a group has no name of its own."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path.rstrip(), pieces)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options, each panel under its heading."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None:
                kind = "Options"
                if param.param_type_name == "argument":
                    # Without the Python type, which says less than the help.
                    kind, record = "Arguments", (record[0].partition(" ")[0], record[1])
                panel = getattr(param, "rich_help_panel", None) or kind
                sections.setdefault(panel, []).append(record)
        for title, rows in sections.items():
            with formatter.section(title):
                formatter.write_dl(rows)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Write the examples."""
        _write_lines(formatter, "Examples", self.epilog)


class Launcher(Command):
    """A command that runs another: from the first word that is no option, all is the other's."""

    allow_interspersed_args = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list of commands, and how to make its command.

    Attributes:
        panel: heading under which it stands.
        summary: what it does, in one line.
        make: the command.
    """

    panel: str
    summary: str
    make: Callable[[], Any]


class Commands(MutableMapping[str, Any]):
    """Commands by name, each read from its file and made when somebody asks for it."""

    def __init__(self, entries: Mapping[str, Callable[[], Entry]]) -> None:
        self._entries = dict(entries)
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self.entry(name).make()
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def entry(self, name: str) -> Entry:
        """Give the line of a command, without making it."""
        return self._entries[name]()


class Group(QuickFlags, TyperGroup):
    """Commands under the heading of their panel, in the order of a clip's way."""

    commands: Any  # Commands, put there when the group is made
    default: Any = None  # the command of all words that are none of these, if there is one

    def make_context(self, info_name: Any, args: Any, parent: Any = None, **extra: Any) -> Any:
        """Read what stands before the command; flags there may be those of the default command."""
        if self.default is not None:
            extra["ignore_unknown_options"] = True
        return super().make_context(info_name, args, parent, **extra)

    def resolve_command(self, ctx: Any, args: Any) -> Any:
        """Find the command of the first word; the default command takes that word too."""
        if self.default is not None and args:
            word, _ = self.default.first_argument(ctx, args)
            if word not in self.commands:
                return "", self.default, args  # its words are those of the group
            args = _first(word, args)
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the page; where there is a default command, that one's, and then the commands."""
        if self.default is None:
            super().format_help(ctx, formatter)
            return
        own = type(ctx)(self.default, info_name=ctx.info_name, parent=ctx.parent)
        self.default.format_usage(own, formatter)
        self.default.format_help_text(own, formatter)
        self.default.format_options(own, formatter)
        self.format_commands(ctx, formatter)
        self.default.format_epilog(own, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Write the commands, each panel under its heading."""
        panels: dict[str, list[tuple[str, str]]] = {}
        width = max(len(name) for name in self.commands)
        for name in self.commands:
            entry = self.commands.entry(name)
            # Names are padded so that all panels line up.
            panels.setdefault(entry.panel, []).append((name.ljust(width), entry.summary))
        for title, rows in panels.items():
            with formatter.section(title):
                formatter.write_dl(rows)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Write the first steps."""
        _write_lines(formatter, "First steps", self.epilog)


def _first(word: str, args: list[str]) -> list[str]:
    """Put a word before the others; where it stands twice it is the same which one is moved."""
    others = [*args]
    others.remove(word)
    return [word, *others]


def _write_lines(formatter: Any, title: str, text: str | None) -> None:
    """Write lines as they are typed, never wrapped, so that they can be copied."""
    if text:
        with formatter.section(title):
            for line in text.splitlines():
                formatter.write(f"  {line}\n")
