"""The command `audioset`: which commands there are, and how every error ends.

Each command parses its words, calls one verb of `audioset.api` and shows the result. Nothing is
caught there: errors become messages and exit codes in `run`, and only there.

    0 fine    1 an error with a name    2 the command line is wrong    3 a check found problems
    130 stopped by Ctrl-C
"""

import io
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from audioset.cli.commands import (
    alias,
    aligner,
    check,
    collect,
    compare,
    cut,
    decide,
    dedupe,
    describe,
    diff,
    export_lines,
    export_webdataset,
    forget,
    import_folder,
    init,
    lineage,
    log,
    measure,
    pin,
    promote,
    publish,
    pull,
    reproduce,
    search,
    split,
    transcribe,
    ui,
    verify,
    versions,
)
from audioset.cli.help import Command, Group, Launcher
from audioset.cli.render import say, write_json
from audioset.errors import AudiosetError

INTERRUPTED = 130

# The whole command line, in the order of a clip's way: panel, name, function, examples.
COMMANDS: tuple[tuple[str, str, Callable[..., None], str], ...] = (
    ("Start", "init", init.init, "audioset init scots"),
    (
        "Clips", "cut", cut.cut,
        "audioset cut talk.mp4 --speaker ada\n"
        "audioset cut videos/ --set accent=glasgow --pause 0.5\n"
        "audioset cut videos/ --by subtitles --snap\n"
        "audioset cut talk.wav --labels talk.eaf --tier Story\n"
        "audioset cut talk.mp4 --transcript lines.txt --takes 3\n"
        "audioset cut talks/ --by lines --voice en-gb-scotland --report cut.html\n"
        "audioset cut phone.wav --channels each --every 10s --overlap 2s\n"
        'audioset cut "videos/**/*.mp4" --sampling-rate 16000',
    ),
    (
        "Clips", "import folder", import_folder.import_folder,
        "audioset import folder recordings/ --metadata recordings/metadata.csv",
    ),
    (
        "Clips", "describe", describe.describe,
        "audioset describe --goal 2h\n"
        "audioset describe scots@v3 --plot lengths.png\n"
        "audioset describe 'scots@v3?snr_db > 20'",
    ),
    (
        "Clips", "transcribe", transcribe.transcribe,
        "audioset transcribe --language en\n"
        "audioset transcribe --model models:/scots-asr@champion --again\n"
        "audioset transcribe --model ./whisper-small",
    ),
    ("Clips", "plugins", transcribe.plugins, "audioset plugins"),
    ("Clips", "measure", measure.measure, "audioset measure\naudioset measure --again"),
    (
        "Clips", "check", check.check,
        "audioset check\n"
        "audioset check --report check.html\n"
        "audioset check --limit low_snr=15 --skip cut_edge\n"
        "audioset check scots@v3 --rule clipped --rule no_text",
    ),
    (
        "Clips", "dedupe", dedupe.dedupe,
        "audioset dedupe\naudioset dedupe --reject --yes",
    ),
    (
        "Clips", "decide", decide.decide,
        'audioset decide talk-1a2b3c4d-000001200-000003400 --text "Aye." --accept\n'
        "audioset decide talk-1a2b3c4d-000001200-000003400 --confirm\n"
        "audioset decide --speaker ada --set gender=f --set accent=glasgow\n"
        "audioset decide --from reviewed.csv\n"
        "audioset decide --best-takes\n"
        "audioset decide --history talk-1a2b3c4d-000001200-000003400",
    ),
    (
        "Clips", "split", split.split,
        "audioset split\n"
        "audioset split --test 0.2 --validation 0 --yes\n"
        "audioset split --by sentence,takes,duplicates --yes",
    ),
    (
        "Versions", "publish", publish.publish,
        'audioset publish -m "thirty clips of ada"\n'
        "audioset publish --filter \"snr_db > 20 and text is not null\"",
    ),
    (
        "Versions", "versions", versions.versions,
        "audioset versions\naudioset versions scots --json",
    ),
    (
        "Versions", "diff", diff.diff,
        "audioset diff scots@v2 scots@v3\n"
        "audioset diff scots@prod --report diff.html",
    ),
    (
        "Versions", "pull", pull.pull,
        "audioset pull scots@v3 scots-v3/\n"
        "audioset pull scots@v3 quiet/ --split train --filter \"snr_db > 20\"",
    ),
    (
        "Versions", "export webdataset", export_webdataset.export_webdataset,
        "audioset export webdataset scots@v3 tars/ --shard-size 500MB",
    ),
    (
        "Versions", "export lines", export_lines.export_lines,
        "audioset export lines\n"
        "audioset export lines --source talk.mp4 -o talk.lines.xlsx",
    ),
    (
        "Versions", "alias", alias.alias,
        'audioset alias prod scots@v3 -m "best so far"\n'
        "audioset alias prod scots@v4 --expect 3\n"
        "audioset alias prod",
    ),
    (
        "Versions", "verify", verify.verify,
        "audioset verify\n"
        "audioset verify scots@v3 --decode",
    ),
    (
        "Versions", "forget", forget.forget,
        "audioset forget --speaker ada\n"
        "audioset forget --clip talk-1a2b3c4d-000001200-000003400 --yes",
    ),
    ("Versions", "collect", collect.collect, "audioset collect\naudioset collect --age 48h --yes"),
    (
        "Training", "pin", pin.pin,
        "audioset pin scots@v3\naudioset pin 'scots@v3?snr_db > 20'",
    ),
    (
        "Training", "lineage", lineage.lineage,
        "audioset lineage scots@v3\n"
        "audioset lineage models:/accent@production\n"
        "audioset lineage talk-1a2b3c4d-000001200-000003400\n"
        "audioset lineage models:/accent@production --clips --output clips.csv\n"
        "audioset lineage models:/accent@challenger --against models:/accent@production\n"
        "audioset lineage models:/accent@production --guard scots@v3\n"
        "audioset lineage scots@v3 --graph lineage.html",
    ),
    (
        "Training", "search", search.search,
"audioset search --metric wer --param lr=log:1e-5..1e-2 train.py scots@v3\n"
        "audioset search --metric f1 --space search.toml --register accent train.py\n"
        "audioset search --metric f1 --param db=0..30 fit.py 'scots@v3?snr_db > {db}'",
    ),
    (
        "Training", "reproduce", reproduce.reproduce,
        "audioset reproduce models:/accent@champion\n"
        "audioset reproduce models:/accent@champion --dry-run",
    ),
    (
        "Training", "compare", compare.compare,
        "audioset compare\n"
        "audioset compare scots@v1 scots@v2 --metric test_accuracy\n"
        "audioset compare models:/accent --report compare.html\n"
        "audioset compare scots-training --limit 50 --output runs.csv",
    ),
    (
        "Training", "aligner train", aligner.aligner_train,
        "audioset aligner train\n"
        "audioset aligner train scots@v3 --voice en-gb-scotland --alias prod",
    ),
    (
        "Training", "promote", promote.promote,
        "audioset promote accent --dry-run\n"
        "audioset promote accent --version 4 --metric test_accuracy\n"
        'audioset promote accent --force "the only one that runs on the phone"\n'
        "audioset promote accent --rollback",
    ),
    ("Training", "log", log.log, "audioset log"),
    ("Training", "ui", ui.ui, "audioset ui --port 5001"),
)  # fmt: skip

# Words that stand before others, such as `import folder`: panel and help.
GROUPS = {
    "import": ("Clips", "Take clips that exist already into the workspace."),
    "aligner": ("Training", "The dataset's own aligner, which finds transcript lines."),
    "export": ("Versions", "Write a version in the format of others, or texts as tables."),
}

LAUNCHERS = frozenset({"search"})  # their last argument is a command with options of its own

FIRST_STEPS = """\
audioset init scots && cd scots
audioset cut ~/videos --speaker ada
audioset describe --goal 2h
audioset publish -m "first clips"
"""


def make_command() -> Group:
    """Build the command line from the table above."""
    app = typer.Typer(
        name="audioset",
        cls=Group,
        rich_markup_mode=None,
        callback=_root,
        epilog=FIRST_STEPS,
        invoke_without_command=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    groups = {
        word: typer.Typer(cls=Group, rich_markup_mode=None, no_args_is_help=True) for word in GROUPS
    }
    for panel, name, function, examples in COMMANDS:
        group, _, word = name.rpartition(" ")
        place = groups[group] if group else app
        heading = None if group else panel
        kind = Launcher if name in LAUNCHERS else Command
        place.command(word, cls=kind, rich_help_panel=heading, epilog=examples)(function)
    for word, (panel, text) in GROUPS.items():
        app.add_typer(groups[word], name=word, rich_help_panel=panel, help=text)
    command = typer.main.get_command(app)
    assert isinstance(command, Group)  # noqa: S101  cls says so
    # Typer lists groups after commands; the table's order is the way of a clip.
    order = dict.fromkeys(name.partition(" ")[0] for _, name, _, _ in COMMANDS)
    command.commands = {name: command.commands[name] for name in order}
    return command


def main() -> None:
    """Run the command line of this process; the entry point `audioset`."""
    # A file name may hold bytes that are no text: show them escaped rather than fail.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    warnings.showwarning = _show_warning  # type: ignore[assignment]  # it takes more, unnamed
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code: the only place that turns errors into messages."""
    try:
        code = make_command().main(list(arguments), prog_name="audioset", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        return _usage_error(error, arguments)
    except AudiosetError as error:
        return _named_error(error, arguments)
    except BrokenPipeError:
        return _closed_pipe()
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        return _fail(f"{error.strerror or error}{where}")
    except Exception as error:  # noqa: BLE001  the last resort: a person sees a line, not a trace
        hint = "set AUDIOSET_DEBUG=1 to see where"
        return _fail(f"unexpected {type(error).__name__}: {error}; {hint}")
    if code == INTERRUPTED:
        say("\naudioset: stopped; run the same command again to continue where it was")
    return code if isinstance(code, int) else 0


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
        return 0
    text = error.format_message().rstrip(".")
    file = next((word for word in arguments if _looks_like_file(word)), None)
    if file is not None:
        text += f"; a file whose name starts with - is written ./{file}, or after --"
    path = context.command_path if context is not None else "audioset"
    say(f"audioset: {text}\nTry: {path} --help")
    return error.exit_code


def _show_warning(message: Warning | str, *_: object) -> None:
    """Show a warning as a line of words, without the place in our code that gave it."""
    say(f"audioset: {message}")


def _looks_like_file(word: str) -> bool:
    return word.startswith("-") and word != "--" and ("." in word or Path(word).exists())


def _named_error(error: AudiosetError, arguments: Sequence[str]) -> int:
    if "--json" in arguments:
        write_json({"error": {"kind": error.kind, "message": str(error)}})
    return _fail(str(error))


def _fail(message: str) -> int:
    if os.environ.get("AUDIOSET_DEBUG"):
        traceback.print_exc()
    say("audioset: " + " ".join(message.split()))
    return 1


def _closed_pipe() -> int:
    """End quietly when the reader of stdout, such as `head`, has seen enough."""
    # Python flushes stdout once more at exit, and would complain.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
