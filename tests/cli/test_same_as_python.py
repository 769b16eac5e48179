"""The command line and Python say the same: verbs, parameters, defaults. What differs is listed.

Names are the same but for dashes and spaces. A flag drops the unit at the end of a name, since its
value carries it (`--goal 2h` is `goal_seconds`), calls bytes a size, and names one thing where it
is repeated (`--rule` for `rules`). `--json`, the places of `open_workspace` and what only Python
can pass, functions that are called while a verb runs, stand apart.
"""

import inspect
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from audioset.cli.app import COMMANDS, make_command
from audioset.cli.verb import WHERE
from audioset.records.cut_options import CutOptions
from audioset.records.line_options import TranscriptOptions
from audioset.records.search_report import SearchOptions
from audioset.records.split_report import SplitOptions
from audioset.workspace import Workspace, init, open_workspace

CALLED = {"self", "progress", "told", "begun", "ask"}
OF_PROGRAMS = {"op_id", "expected"}  # how a program says that it repeats, and what it has seen
# Parameters that are records of options: on the command line each field is a flag.
RECORDS = {
    ("cut", "options"): CutOptions,
    ("cut", "transcript"): TranscriptOptions,
    ("split", "options"): SplitOptions,
    ("certify_splits", "options"): SplitOptions,
    ("search", "options"): SearchOptions,
}
KEEP_THEIR_UNIT = {"min_seconds", "max_seconds", "snap_seconds"}  # --snap is another wish

IN_A_TRAINING = "is said inside of a training, in Python"
IN_WORDS = "what a person decides is typed in words, of which the command makes Decisions"
OF_THE_SCREEN = "how much of the result is shown; Python has all of it"
OF_TABLES = "what a table decides is a verb of its own, decide_table; its path is --from"
NO_SHARES = "a certificate looks at splits as they stand, and asks for no shares"
MEANT = {
    "open: no command": IN_A_TRAINING,
    "pin: no command": IN_A_TRAINING,
    "training_run: no command": IN_A_TRAINING,
    "lightning_callback: no command": IN_A_TRAINING,
    "transformers_callback: no command": IN_A_TRAINING,
    "cut: facts is --set": "one fact at a time is set",
    "cut: path is --transcript": "the file is the transcript; the other flags say how it is read",
    "import_folder: facts is --set": "one fact at a time is set",
    "import_corpus: facts is --set": "one fact at a time is set",
    "decide: decisions has no flag": IN_WORDS,
    **{
        f"decide: {name} is no parameter": IN_WORDS
        for name in (
            "clips",
            "speaker",
            "text",
            "accept",
            "unsure",
            "split",
            "facts",
            "note",
            "tag",
            "untag",
        )
    },
    **{
        f"decide: {name} is no parameter": OF_TABLES
        for name in ("table", "sheet", "overwrite", "dry_run")
    },
    "decide_table: no command": OF_TABLES,
    "to_pandas: no command": "a DataFrame is a thing of Python; export table writes a table",
    "decide: facts is --set": "one fact at a time is set",
    "decide: table is --from": "a word of Python, which cannot name a parameter",
    "copy: origin is --from": "a word of Python, which cannot name a parameter",
    "assign: review_pass is --pass": "a word of Python, which cannot name a parameter",
    "review: review_pass is --pass": "a word of Python, which cannot name a parameter",
    "unassign: review_pass is --pass": "a word of Python, which cannot name a parameter",
    **{
        f"certify_splits: {name} has no flag": NO_SHARES
        for name in ("train", "validation", "test", "seed")
    },
    **{
        f"{verb}: {name} is an option": "in Python samples may stand in their order"
        for verb, name in (
            ("move_edges", "start_sample"),
            ("move_edges", "end_sample"),
            ("make_clip", "start_sample"),
            ("make_clip", "end_sample"),
            ("split_clip", "at_sample"),
        )
    },
    "check: list_rules is no parameter": "Python reads the fields of CheckLimits",
    "aliases: moves is no parameter": OF_THE_SCREEN,
    **{
        f"{verb}: rows is no parameter": OF_THE_SCREEN
        for verb in ("diff", "compare", "clips_behind", "lineage_diff", "guard_test_set")
    },
    **{
        f"{verb}: show_all is {words}": why
        for verb in (
            "agreement",
            "cut",
            "check",
            "describe",
            "history",
            "lineage",
            "verify",
            "versions",
        )
        for words, why in (
            ("no parameter", OF_THE_SCREEN),
            ("--all", "a function of Python, whose name a parameter should not take"),
        )
    },
    "search: params is an option": "a command's last argument is the command of a trial",
    "search: params is None, in Python 'required'": "a file named by --space may hold them all",
}


def verbs() -> dict[str, Any]:
    found = inspect.getmembers(Workspace, inspect.isfunction)
    return {name: verb for name, verb in found if name[0] != "_"} | {"init": init}


def commands() -> dict[str, Any]:
    """Give the commands under the names of Python."""
    root = make_command()
    found = {}
    for name in COMMANDS:
        word, _, inner = name.partition(" ")
        command = root.commands[word]
        found[name.replace(" ", "_").replace("-", "_")] = (
            command.commands[inner] if inner else getattr(command, "default", None) or command
        )
    return found


def own_params(command: Any) -> dict[str, Any]:
    """Give what a command takes, without what all commands share."""
    shared = ("--json", "--help")
    return {
        param.name: param
        for param in command.params
        if not set(shared) & set(param.opts)
        and not str(getattr(param, "rich_help_panel", "")).startswith("Where things are")
    }


def flag_of(name: str, *, repeated: bool) -> str:
    """Say a parameter's name as a flag."""
    if name.endswith("_bytes"):
        name = name.removesuffix("bytes") + "size"
    elif name not in KEEP_THEIR_UNIT:
        name = name.removesuffix("_seconds").removesuffix("_dbfs")
    if repeated:
        name = name.removesuffix("es") if name.endswith("ses") else name.removesuffix("s")
    return "--" + name.replace("_", "-")


def plain(default: Any) -> Any:
    """Give a default so that what means the same is the same."""
    if default is inspect.Parameter.empty:
        return "required"
    if isinstance(default, Path):
        return str(default)
    return None if default in (None, ()) else default


def differences(verb: str, function: Any, command: Any) -> Iterator[str]:
    given = own_params(command)
    expected: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        record = RECORDS.get((verb, name))
        if name in CALLED | OF_PROGRAMS:
            continue
        if record is not None:
            expected |= {field.name: None for field in fields(record)}
        else:
            expected[name] = parameter
    for name in expected.keys() - given.keys():
        yield f"{verb}: {name} has no flag"
    for name, param in given.items():
        if name not in expected:
            yield f"{verb}: {name} is no parameter"
        yield from spelling(verb, name, param)
        if isinstance(expected.get(name), inspect.Parameter):
            yield from one_parameter(verb, param, expected[name])
        elif name in expected and param.default is not None:
            yield f"{verb}: {name} is {param.default!r} where nobody says it"


def spelling(verb: str, name: str, param: Any) -> Iterator[str]:
    if param.param_type_name == "argument":
        return
    flag = flag_of(name, repeated=param.multiple)
    if flag not in param.opts:
        yield f"{verb}: {name} is {param.opts[0]}"


def one_parameter(verb: str, param: Any, parameter: inspect.Parameter) -> Iterator[str]:
    named = parameter.kind is inspect.Parameter.KEYWORD_ONLY
    if named != (param.param_type_name == "option"):
        yield f"{verb}: {param.name} is an {param.param_type_name}"
    said = "required" if param.required else plain(param.default)
    wanted = plain(parameter.default)
    if said != wanted:
        yield f"{verb}: {param.name} is {said!r}, in Python {wanted!r}"


@pytest.fixture(scope="module")
def found() -> set[str]:
    functions, offered = verbs(), commands()
    told = {f"{name}: no command" for name in functions.keys() - offered.keys()}
    told |= {f"{name}: no verb" for name in offered.keys() - functions.keys()}
    for name in functions.keys() & offered.keys():
        told.update(differences(name, functions[name], offered[name]))
    return told


def test_all_that_differs_is_meant(found: set[str]) -> None:
    assert sorted(found - MEANT.keys()) == []


def test_all_that_is_meant_differs(found: set[str]) -> None:
    assert sorted(MEANT.keys() - found) == []


def test_the_places_are_those_of_open_workspace() -> None:
    known = inspect.signature(open_workspace).parameters
    assert [name for name in known if not name.startswith("cache")] == list(WHERE)


@pytest.mark.parametrize(
    ("name", "repeated", "flag"),
    [
        ("goal_seconds", False, "--goal"),
        ("silence_dbfs", False, "--silence"),
        ("tar_bytes", False, "--tar-size"),
        ("min_seconds", False, "--min-seconds"),
        ("rules", True, "--rule"),
        ("aliases", True, "--alias"),
        ("skip", True, "--skip"),
        ("clips_at_once", False, "--clips-at-once"),
    ],
)
def test_the_rule_of_names(name: str, repeated: bool, flag: str) -> None:
    assert flag_of(name, repeated=repeated) == flag
