"""The command `audioset`: which commands there are, and how every error ends.

Each command parses its words, calls one verb of the workspace and shows the result. Nothing is
caught there: errors become messages and exit codes in `run`, and only there.
"""

import gc
import importlib
import io
import os
import re
import sys
import traceback
import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from audioset.cli.codes import ERROR, FINE, INTERRUPTED, USAGE
from audioset.cli.help import Command, Commands, Entry, Group, Launcher
from audioset.cli.leave import Leaving
from audioset.cli.render import say, write_json
from audioset.cli.verb import Verb
from audioset.errors import AudiosetError
from audioset.hiding import hide

_VERSION_APART = re.compile(r"extra argument(?:\(s\))? \(v?(\d+)\)")
_OBJECTS_BETWEEN_LOOKS = 10_000  # for what is garbage; Python itself looks after 700

# The whole command line, in the order of a clip's way. A command lies in the file of its name in
# `commands/`; only that file is loaded when it is run.
COMMANDS = (
    "init",
    "status",
    "doctor",
    "cut",
    "import folder",
    "import corpus",
    "describe",
    "transcribe",
    "plugins",
    "measure",
    "remove",
    "check",
    "review",
    "dedupe",
    "decide",
    "confirm",
    "accept-best-takes",
    "undo",
    "move-edges",
    "make-clip",
    "split-clip",
    "merge-clips",
    "history",
    "assign",
    "unassign",
    "assignments",
    "agreement",
    "split",
    "certify-splits",
    "publish",
    "versions",
    "diff",
    "report",
    "card",
    "alias",
    "aliases",
    "checkout",
    "fetch",
    "free",
    "pull",
    "urls",
    "export",
    "export lines",
    "export table",
    "verify",
    "forget",
    "collect",
    "copy",
    "write-pin",
    "search",
    "compare",
    "promote",
    "recipe",
    "reproduce",
    "train-aligner",
    "lineage",
    "lineage-of-clip",
    "clips-behind",
    "lineage-diff",
    "guard-test-set",
    "log",
    "ui",
)

# Words that stand before others, such as `import folder`: panel, help, and the command that is
# meant where no such word follows.
GROUPS = {
    "import": (
        "Clips",
        "Take clips that exist already into the workspace: audioset import [FORMAT] PATH.",
        "import corpus",
    ),
    "export": (
        "Versions",
        "Write a version in the format of others, or clips and texts as tables.",
        "export",
    ),
}

FIRST_STEPS = """\
audioset init scots && cd scots
audioset cut ~/videos --speaker ada
audioset describe --goal 2h
audioset publish -m "first clips"
"""


def make_command() -> Group:
    """Build the command line; each of its commands is made when somebody asks for it."""
    app = typer.Typer(
        name="audioset",
        cls=Group,
        rich_markup_mode=None,
        callback=_root,
        epilog=FIRST_STEPS,
        invoke_without_command=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    words = dict.fromkeys(name.partition(" ")[0] for name in COMMANDS)
    return _made_group(
        app, {word: partial(_group_entry if word in GROUPS else _entry, word) for word in words}
    )


def find_verb(name: str) -> Verb:
    """Give a command, such as `import folder`, as its file states it."""
    place = re.sub("[ -]", "_", name)
    found = getattr(importlib.import_module(f"audioset.cli.commands.{place}"), place)
    assert isinstance(found, Verb)  # noqa: S101  a file of commands/ holds the verb of its name
    return found


def _entry(name: str) -> Entry:
    verb = find_verb(name)
    return Entry(verb.panel, verb.summary, partial(_made_command, name, verb))


def _group_entry(word: str) -> Entry:
    panel, text, default = GROUPS[word]
    names = [name.partition(" ")[2] for name in COMMANDS if name.startswith(f"{word} ")]
    app = typer.Typer(
        cls=Group,
        rich_markup_mode=None,
        no_args_is_help=True,
        add_completion=False,
        help=text,
        callback=lambda: None,
    )
    entries = {name: partial(_inner_entry, f"{word} {name}") for name in names}
    return Entry(panel, text, partial(_made_group, app, entries, word, find_verb(default)))


def _inner_entry(name: str) -> Entry:
    """Give a command that stands behind another word: its panel is that of the word."""
    verb = find_verb(name)
    return Entry("Commands", verb.summary, partial(_made_command, name, verb))


def _made_group(
    app: typer.Typer,
    entries: "dict[str, partial[Entry]]",
    word: str = "",
    default: Verb | None = None,
) -> Group:
    """Make a group; all words but those of `entries` are for its default command, if any."""
    group = typer.main.get_command(app)
    assert isinstance(group, Group)  # noqa: S101  cls says so
    group.commands = Commands(entries)
    if default is not None:
        group.default = _made_command(word, default)
    return group


def _made_command(name: str, verb: Verb) -> Any:
    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    kind = Launcher if verb.launches else Command
    app.command(name.rpartition(" ")[2], cls=kind, epilog=verb.examples)(verb.call)
    command = typer.main.get_command(app)
    assert isinstance(command, Command)  # noqa: S101  cls says so
    command.first_word = verb.first_word
    return command


def main() -> None:
    """Run the command line of this process; the entry point `audioset`."""
    _require_utf8()
    # Modules, classes and tables of large libraries stay until the end. Python looks through all of
    # them again and again while they are loaded, a fifth of a publish; so it looks less often.
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS)
    leaving = Leaving()
    # A file name may hold bytes that are no text: show them escaped rather than fail.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    warnings.showwarning = _show_warning  # type: ignore[assignment]  # it takes more, unnamed
    leaving.code = run(sys.argv[1:])
    sys.exit(leaving.code)


def _require_utf8() -> None:
    """Begin again in Python's UTF-8 mode where names of files are taken for ASCII.

    Names, texts and answers are UTF-8 here. Python chooses the mode by itself under LC_ALL=C, but
    not when PYTHONUTF8=0 says otherwise.
    """
    if sys.getfilesystemencoding() == "ascii" and os.environ.get("PYTHONUTF8") != "1":
        os.environ["PYTHONUTF8"] = "1"  # also for the processes that this one starts
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606  the very command that was given


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code: the only place that turns errors into messages."""
    try:
        code = make_command().main(list(arguments), prog_name="audioset", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        return _usage_error(error, arguments)
    except AudiosetError as error:
        return _fail(str(error), error.kind, arguments)
    except BrokenPipeError:
        return _closed_pipe()
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        return _fail(f"{error.strerror or error}{where}", "system", arguments)
    except Exception as error:  # noqa: BLE001  the last resort: a person sees a line, not a trace
        hint = "set AUDIOSET_DEBUG=1 to see where"
        return _fail(f"unexpected {type(error).__name__}: {error}; {hint}", "unexpected", arguments)
    if code == INTERRUPTED:
        say("\naudioset: stopped; run the same command again to continue where it was")
    return code if isinstance(code, int) else FINE


def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", is_eager=True)
    ] = False,
) -> None:
    """From videos to speech datasets, from datasets to models: which data made which model.

    A workspace is a folder that holds one dataset; audioset init makes one.
    """
    if version:
        import audioset

        typer.echo(f"audioset {audioset.__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def _usage_error(error: typer.TyperException, arguments: Sequence[str]) -> int:
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(error.format_message())
        return FINE
    text = hide(error.format_message().rstrip("."), *arguments)
    file = next((word for word in arguments if _looks_like_file(word)), None)
    if file is not None:
        text += f"; a file whose name starts with - is written ./{file}, or after --"
    elif context is not None:
        text += _version_hint(text, context)
    path = context.command_path.rstrip() if context is not None else "audioset"
    _write_error(text, "usage", arguments)
    say(f"audioset: {text}\nTry: {path} --help")
    return USAGE


def _version_hint(text: str, context: typer.Context) -> str:
    """Say how a version is named, where it stands apart behind a name: `promote digits 1`."""
    found = _VERSION_APART.search(text)
    if found is None or all(each.name != "version" for each in context.command.params):
        return ""
    return f"; the version is named by --version {found[1]}"


def _show_warning(message: Warning | str, *_: object) -> None:
    """Show a warning as a line of words, without the place in our code that gave it."""
    say(hide(f"audioset: {message}"))


def _looks_like_file(word: str) -> bool:
    return word.startswith("-") and word != "--" and ("." in word or Path(word).exists())


def _fail(message: str, kind: str, arguments: Sequence[str]) -> int:
    if os.environ.get("AUDIOSET_DEBUG"):
        say(hide(traceback.format_exc(), *arguments))
    shown = hide(message, *arguments)
    _write_error(shown, kind, arguments)
    say("audioset: " + " ".join(shown.split()))
    return ERROR


def _write_error(message: str, kind: str, arguments: Sequence[str]) -> None:
    """Print an error as JSON where JSON was asked for."""
    if "--json" in arguments:
        write_json({"error": {"kind": kind, "message": message}})


def _closed_pipe() -> int:
    """End quietly when the reader of stdout, such as `head`, has seen enough."""
    # Python flushes stdout once more at exit, and would complain.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ERROR
