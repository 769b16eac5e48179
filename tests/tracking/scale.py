"""Many runs, models and versions of which everything is known, and the questions about them.

Used by a test with few and by `benchmarks/lineage.py` with many.
"""

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from audioset.records.receipt import Receipt, num_bytes
from audioset.records.version import VersionRecord
from audioset.storage.store import open_store
from audioset.tracking.client.client import mlflow_call, open_client
from audioset.tracking.client.dataset_input import dataset_input
from audioset.tracking.published.version_run import log_version
from audioset.workspace import Workspace
from tests.tracking.logged_receipts import log_receipts
from tests.versions.publishing import publish, with_value, working_table
from tests.workspaces import add_source

KINDS = ("whole", "half", "none", "killed")  # what a run's receipt is like
NUM_NAMES = 10  # of registered models
CLIPS_PER_VERSION = 4  # that each version adds
THREADS = 6


@dataclass
class Truth:
    """What was made: versions by number with the ids of their clips, runs, and what they heard."""

    ws: Workspace
    records: dict[int, VersionRecord] = field(default_factory=dict)
    clip_ids: dict[int, list[str]] = field(default_factory=dict)
    version_of: dict[str, int] = field(default_factory=dict)  # by run id
    kind_of: dict[str, str] = field(default_factory=dict)
    heard_by: dict[str, set[str]] = field(default_factory=dict)
    run_of: dict[tuple[str, int], str] = field(default_factory=dict)  # by model name and version

    def answer_for(self, clip_id: str) -> dict[str, str]:
        """Tell how it is known that a run heard a clip, by run id, of those that may have."""
        answers = {}
        for run_id, version in self.version_of.items():
            if clip_id not in self.clip_ids[version]:
                continue
            heard = clip_id in self.heard_by[run_id]
            if heard and self.kind_of[run_id] != "none":
                answers[run_id] = "receipt"
            elif self.kind_of[run_id] in ("none", "killed"):
                answers[run_id] = "version"
        return answers


def build(ws: Workspace, *, num_versions: int, num_runs: int, num_models: int) -> Truth:
    """Make everything through the client; the third version and on have texts by a model."""
    truth = Truth(ws)
    for number in range(1, num_versions + 1):
        add_source(
            ws,
            f"talk {number}.mp4",
            CLIPS_PER_VERSION,
            text="x",
            text_source="human",
            split="test" if number == 1 else "train",
        )
        rows = working_table(ws)
        if number >= 3:
            rows = with_value(rows, 0, "text_source", "model:model-0@1")
        record = publish(ws, rows).record
        truth.records[number] = record
        dataset = ws.open(str(record.ref))
        truth.clip_ids[number] = dataset.table.column("clip_id").to_pylist()
        log_version(record, ws.tracking, ws.store, ws.split_options)
    with mlflow_call(ws.tracking):
        client = open_client(ws.tracking)
        experiment = client.create_experiment("scale")
        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(lambda n: _make_run(client, experiment, truth, n), range(num_runs)))
        _register(client, truth, num_models)
    return truth


def _make_run(client: Any, experiment: str, truth: Truth, number: int) -> None:
    version = number % len(truth.records) + 1
    record, kind = truth.records[version], KINDS[number // len(truth.records) % len(KINDS)]
    run_id = client.create_run(experiment, run_name=f"run {number}").info.run_id
    store = open_store(truth.ws.settings.store)
    client.log_inputs(run_id, [dataset_input(record, store, context="training")])
    chosen = random.Random(number)  # a truth that can be made again
    heard = {
        place
        for place in range(record.num_clips)
        if kind == "whole" or (kind != "none" and chosen.random() < 0.5)
    }
    if heard:
        bits = sum(1 << place for place in heard).to_bytes(num_bytes(record.num_clips), "little")
        receipt = Receipt(
            dataset=record.dataset,
            version=version,
            digest=record.digest,
            filter=None,
            num_clips=record.num_clips,
            bits=bits,
            complete=kind != "killed",
        )
        log_receipts(client, run_id, [receipt])
    client.set_terminated(run_id, "FINISHED")
    truth.version_of[run_id] = version
    truth.kind_of[run_id] = kind if heard else "none"
    truth.heard_by[run_id] = {truth.clip_ids[version][place] for place in heard}


def _register(client: Any, truth: Truth, num_models: int) -> None:
    for number in range(NUM_NAMES):
        client.create_registered_model(f"model-{number}")
    run_ids = sorted(truth.version_of)
    step = len(run_ids) // num_models
    for number in range(num_models):
        name, run_id = f"model-{number % NUM_NAMES}", run_ids[number * step]
        made = client.create_model_version(name, f"runs:/{run_id}/weights", run_id)
        truth.run_of[name, int(made.version)] = run_id
    for number in range(NUM_NAMES):
        name = f"model-{number}"
        newest = max(version for known, version in truth.run_of if known == name)
        client.set_registered_model_alias(name, "champion", str(newest))


@dataclass(frozen=True)
class Answered:
    """One question: was the answer right, and how much CPU and time did it take?"""

    question: str
    right: bool
    cpu_seconds: float
    wall_seconds: float


def ask_all(truth: Truth) -> Iterator[Answered]:
    """Ask every kind of question, each about the case with the most behind it."""
    last = max(truth.records)
    first_clip, last_clip = truth.clip_ids[1][0], truth.clip_ids[last][-1]
    questions: dict[str, Callable[[], bool]] = {
        "which models does a version have": lambda: _version_is_right(truth, last),
        "which data made the champion": lambda: _model_is_right(truth, "model-3"),
        "which models heard the last clip": lambda: _clip_is_right(truth, last_clip),
        "which models heard a clip of all versions": lambda: _clip_is_right(truth, first_clip),
        "which clips does the champion rest on": lambda: _clips_are_right(truth, "model-3"),
        "what changed between two champions' data": lambda: _diff_is_right(truth),
        "did the model write texts of the test split": lambda: _guard_is_right(truth, last),
    }
    for question, ask in questions.items():
        cpu, wall = time.process_time(), time.perf_counter()
        right = ask()
        yield Answered(question, right, time.process_time() - cpu, time.perf_counter() - wall)


def _models_of(truth: Truth, run_ids: set[str]) -> set[tuple[str, int]]:
    return {model for model, run_id in truth.run_of.items() if run_id in run_ids}


def _version_is_right(truth: Truth, version: int) -> bool:
    lineage = truth.ws.lineage(str(truth.records[version].ref))
    run_ids = {run_id for run_id, of in truth.version_of.items() if of == version}
    return (
        {run.run_id for run in lineage.runs} == run_ids
        and {(m.name, m.version) for m in lineage.models} == _models_of(truth, run_ids)
        and any(edge.version == truth.records[version].ref for edge in lineage.texts)
    )


def _champion(truth: Truth, name: str) -> str:
    return truth.run_of[name, max(version for known, version in truth.run_of if known == name)]


def _model_is_right(truth: Truth, name: str) -> bool:
    lineage = truth.ws.lineage(f"models:/{name}@champion")
    run_id = _champion(truth, name)
    return [v.pin.version for v in lineage.versions] == [truth.version_of[run_id]] and [
        run.run_id for run in lineage.runs
    ] == [run_id]


def _clip_is_right(truth: Truth, clip_id: str) -> bool:
    lineage = truth.ws.lineage_of_clip(clip_id)
    expected = truth.answer_for(clip_id)
    return {one.run.run_id: one.known_by for one in lineage.runs} == expected and {
        (model.name, model.version) for model in lineage.models
    } == _models_of(truth, set(expected))


def _clips_are_right(truth: Truth, name: str) -> bool:
    found = truth.ws.clips_behind(f"models:/{name}@champion")
    run_id = _champion(truth, name)
    if truth.kind_of[run_id] in ("none", "killed"):
        expected = set(truth.clip_ids[truth.version_of[run_id]])
    else:
        expected = truth.heard_by[run_id]
    return set(found.table.column("clip_id").to_pylist()) == expected


def _diff_is_right(truth: Truth) -> bool:
    names = ("model-1", "model-2")
    changes = truth.ws.lineage_diff(*(f"models:/{name}@champion" for name in names))
    before, after = (
        set(truth.clip_ids[truth.version_of[_champion(truth, name)]]) for name in names
    )
    added = {clip.clip_id for clip in changes.added}
    removed = {clip.clip_id for clip in changes.removed}
    return (added, removed) == (after - before, before - after)


def _guard_is_right(truth: Truth, version: int) -> bool:
    ref = str(truth.records[version].ref)
    flagged = truth.ws.guard_test_set(ref, "models:/model-0@champion")
    clean = truth.ws.guard_test_set(ref, "models:/model-9@champion")
    return len(flagged.clip_ids) == 1 and clean.is_clean
