"""Help pages in plain text: commands and options in named groups, examples as they are typed.

Typer's own pages are drawn by rich, which takes longer to load than the page takes to read.
"""

from typing import Any

from typer.core import TyperCommand, TyperGroup


class Command(TyperCommand):
    """A command whose options are grouped by panel and whose epilog is its examples."""

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


class Group(TyperGroup):
    """The root: commands under the heading of their panel, in the order of a clip's way."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Write the commands, each panel under its heading."""
        panels: dict[str, list[tuple[str, Any]]] = {}
        for name, command in self.commands.items():
            panel = getattr(command, "rich_help_panel", None)
            panels.setdefault(panel if isinstance(panel, str) else "Commands", []).append(
                (name, command)
            )
        width = max(len(name) for name in self.commands)
        for title, commands in panels.items():
            with formatter.section(title):
                # Names are padded so that all panels line up.
                formatter.write_dl(
                    [(name.ljust(width), entry.get_short_help_str(99)) for name, entry in commands]
                )

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Write the first steps."""
        _write_lines(formatter, "First steps", self.epilog)


def _write_lines(formatter: Any, title: str, text: str | None) -> None:
    """Write lines as they are typed, never wrapped, so that they can be copied."""
    if text:
        with formatter.section(title):
            for line in text.splitlines():
                formatter.write(f"  {line}\n")
