"""The list of commands and flags by which a shell completes them, and of the values they take."""

import json
from collections.abc import Iterable
from typing import Any, get_args

from audioset.cli.app import COMMANDS, GROUPS, find_verb, make_command
from audioset.curation.check.rules import RULES
from audioset.hearing.plugins import plugin_names
from audioset.interop.exporters.formats import export_format_names
from audioset.interop.importers.formats import TABLE
from audioset.records.cut_options import WAYS
from audioset.records.manifest import column_names
from audioset.records.split_report import KINDS, SPLITS

# Names of flags and arguments whose values are names of one kind; those of one command alone win.
_KINDS = {
    "reference": "version",
    "references": "version...",
    "what": "version",
    "a": "version",
    "b": "version",
    "onto": "version",
    "version": "version",
    "alias": "alias",
    "dataset": "dataset",
    "clip": "clip",
    "clip_id": "clip",
    "clip_ids": "clip...",
    "clips": "clip...",
    "subject_id": "clip",
    "source": "source",
    "source_id": "source",
    "names": "source...",
    "speaker": "speaker",
    "aligner": "aligner",
    "model": "transcriber",
    "second_opinion": "transcriber",
    "rules": f"choice:{','.join(rule.name for rule in RULES)}",
    "skip": f"choice:{','.join(rule.name for rule in RULES)}",
    "where": f"choice:{','.join(column_names())}",
    "filter": f"choice:{','.join(column_names())}",
    "columns": f"choice:{','.join(column_names())}",
    "split": f"choice:{','.join(SPLITS)}",
    "splits": f"choice:{','.join(SPLITS)}",
    "engine": "choice:ray",
}
_OF_COMMANDS = {
    ("cut", "by"): f"choice:{','.join(WAYS)}",
    ("split", "by"): f"choice:{','.join(KINDS)}",
    ("certify-splits", "by"): f"choice:{','.join(KINDS)}",
    ("describe", "by"): f"choice:{','.join(column_names())}",
    ("export", "format"): "exporter",
    ("import corpus", "format"): "importer",
    ("promote", "alias"): "",
    ("promote", "model"): "",
    ("promote", "version"): "",
    ("guard-test-set", "model"): "",
    ("compare", "what"): "",
    ("lineage-diff", "a"): "version",
    ("alias", "alias"): "alias",
}


def make_words() -> str:
    """Give the whole list, as JSON with a command in each line."""
    root = make_command()
    commands = {
        "": _told(root, "", {name: root.commands.entry(name).summary for name in root.commands})
    }
    for name in dict.fromkeys([*(name.partition(" ")[0] for name in COMMANDS), *COMMANDS]):
        word, _, inner = name.partition(" ")
        group = root.commands[word]
        if inner:
            commands[name] = _told(group.commands[inner], name, {})
        elif word in GROUPS:
            names = {each: group.commands.entry(each).summary for each in group.commands}
            commands[word] = _told(group.default, GROUPS[word][2], names)
        else:
            commands[word] = _told(group, word, {})
            if find_verb(word).launches:
                commands[word]["launches"] = True
    names = {
        "aligner": ["auto", "bootstrap", "structural", "hama"],
        "transcriber": ["whisper"],
        "exporter": _without_plugins(export_format_names()),
        "importer": [*TABLE],
    }
    lines = [f"{json.dumps(name)}: {json.dumps(each)}" for name, each in commands.items()]
    joined = ",\n".join(lines)
    return f'{{"names": {json.dumps(names)},\n"commands": {{\n{joined}\n}}}}\n'


def _without_plugins(names: Iterable[str]) -> list[str]:
    """Leave out what other packages bring to this very machine."""
    return [name for name in names if name not in plugin_names("exporter")]


def _told(command: Any, name: str, inner: dict[str, str]) -> dict[str, Any]:
    flags, arguments = {}, []
    for param in _params(command):
        if param.param_type_name == "argument":
            kind = _kind(name, param)
            arguments.append(f"{kind}..." if param.nargs < 0 and not kind.endswith("...") else kind)
            continue
        takes = not (param.is_flag or param.count)
        told: dict[str, Any] = {"help": _summary(param.help or "")}
        if takes:
            told["kind"] = _kind(name, param).removesuffix("...")
        if param.multiple:
            told["repeats"] = True
        for flag in [*param.opts, *param.secondary_opts]:
            flags[flag] = told
    return {"flags": flags, "arguments": arguments, "commands": inner}


def _params(command: Any) -> list[Any]:
    context = command.context_class(command, info_name="audioset")
    return list(command.get_params(context))


def _kind(name: str, param: Any) -> str:
    found = _OF_COMMANDS.get((name, param.name), _KINDS.get(param.name, ""))
    choices = (
        get_args(param.type_descriptor.annotation) if hasattr(param, "type_descriptor") else ()
    )
    if not found and choices and all(isinstance(each, str) for each in choices):
        return f"choice:{','.join(choices)}"
    return found


def _summary(text: str) -> str:
    return " ".join(text.split()).partition(". ")[0].partition("; ")[0].rstrip(".")[:80]
