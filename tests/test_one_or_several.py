"""Whatever takes several of something also takes one, and never one for its letters."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile

import audioset
from audioset.errors import InvalidInputError
from audioset.records.several import several
from audioset.workspace import Workspace
from tests.sounds import write_speech
from tests.workspaces import make_workspace

PACKAGE = Path(audioset.__file__ or "").parent
FILES = [PACKAGE / "workspace.py", *sorted((PACKAGE / "api").glob("*.py"))]
OF_MANY = ("Sequence[", "Iterable[", "Collection[", "list[", "tuple[", "set[")


def verbs() -> Iterator[ast.FunctionDef]:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("__"):
                yield node


def annotation_of(argument: ast.arg) -> str:
    return ast.unparse(argument.annotation).strip("'\"") if argument.annotation else ""


def parameters() -> Iterator[tuple[ast.FunctionDef, str]]:
    """Give each parameter of a verb that takes one or several."""
    for verb in verbs():
        for argument in (*verb.args.args, *verb.args.kwonlyargs):
            if "Several[" in annotation_of(argument):
                yield verb, argument.arg


def test_no_parameter_of_a_verb_takes_only_several() -> None:
    for verb in verbs():
        for argument in (*verb.args.args, *verb.args.kwonlyargs):
            assert not annotation_of(argument).startswith(OF_MANY), f"{verb.name}({argument.arg})"


def test_every_such_parameter_goes_through_the_one_helper() -> None:
    assert len(list(parameters())) > 15
    for verb, name in parameters():
        uses = [n for n in ast.walk(verb) if isinstance(n, ast.Name) and n.id == name]
        assert uses
        safe = {
            id(part)
            for node in ast.walk(verb)
            if (isinstance(node, ast.Call) and ast.unparse(node.func) == "several")
            # Handed on as it is, to a parameter of the same kind and name.
            or (isinstance(node, ast.keyword) and node.arg == name)
            or (isinstance(node, ast.Call) and ast.unparse(node.func) == "self._held_out_tags")
            for part in ast.walk(node)
        }
        assert all(id(use) in safe for use in uses), f"{verb.name}({name})"


@pytest.mark.parametrize("one", ["one.flac", Path("one.flac"), b"one", 7, None])
def test_one_thing_is_not_taken_apart(one: object) -> None:
    assert several(one) == (one,)
    assert several([one]) == (one,)
    assert several(part for part in [one, one]) == (one, one)


@pytest.mark.parametrize("kind", [str, Path])
def test_one_path_is_a_path_and_the_sound_beside_it_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Callable[[str], str | Path]
) -> None:
    folder = tmp_path / "sounds"
    folder.mkdir()
    for name in ("n.wav", "other.wav"):
        write_speech(folder / name)
    soundfile.write(folder / "one.flac", *soundfile.read(folder / "n.wav"))
    monkeypatch.chdir(folder)
    ws = audioset.init(tmp_path / "work", name="scots")
    report = ws.cut(kind("one.flac"))
    assert [Path(source.path).name for source in report.sources] == ["one.flac"]
    assert len(list(ws.manifests_dir.glob("*.parquet"))) == 1


def refusal(ws: Workspace, kinds: Any) -> str:
    with pytest.raises(InvalidInputError) as raised:
        ws.training_run("scots@v1", frozen_test="scots@v1", frozen_by=kinds)
    return str(raised.value)


CALLS: dict[str, tuple[Callable[[Workspace, Any], object], str]] = {
    "check(rules)": (lambda ws, given: ws.check(rules=given).findings, "no_text"),
    "check(skip)": (lambda ws, given: ws.check(skip=given).findings, "low_snr"),
    "verify(references)": (lambda ws, given: ws.verify(given).num_clips, "scots@v1"),
    "training_run(frozen_by)": (refusal, "speaker"),
}


@pytest.mark.parametrize("name", CALLS)
def test_one_gives_what_a_list_of_one_gives(name: str, tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots")
    ws.publish(track=False)
    call, one = CALLS[name]
    assert call(ws, one) == call(ws, [one]) == call(ws, iter((one,)))


def test_one_decision_and_one_clip_count_as_one(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots")
    clip_id = next(ws.clips_dir.glob("*.flac")).stem
    assert (
        ws.decide(audioset.Decision("clip", clip_id, "accepted", True), by="editor").num_decisions
        == 1
    )
    assert ws.confirm(clip_id, by="editor").num_decisions == 1
    assert len(ws.history(clip_id)) == 2


def test_options_take_one_too() -> None:
    assert audioset.SplitOptions(by="speaker").by == ("speaker",)
