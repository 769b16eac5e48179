"""A lineage as boxes and arrows with places: what the page draws."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from audioset.records.clip_lineage import ClipLineage
from audioset.records.lineage import (
    DIGEST_LENGTH,
    Lineage,
    LinkedModel,
    LinkedRun,
    LinkedVersion,
    WrittenTexts,
)

Kind = Literal["clip", "version", "run", "model", "more"]
WROTE = "wrote"  # how the label of an arrow from a model to texts begins
MAY = "may"  # how the label of an arrow that is not certain begins
MAX_BOXES = 30  # of runs, and of models; a picture of more tells nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One thing of a lineage, at its place.

    Attributes:
        key: tells it from all others.
        kind: what it is.
        title, detail: two lines; the first is its name.
        is_subject: it was asked for.
        column, row: its place; arrows go from lower to higher columns where they can.
    """

    key: str
    kind: Kind
    title: str
    detail: str = ""
    is_subject: bool = False
    column: int = 0
    row: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """From what was used to what came of it, by their keys; `label` says how, if that is news."""

    start: str
    end: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Boxes and the arrows between them."""

    title: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def draw_lineage(lineage: Lineage) -> Graph:
    """Arrange a lineage, with all that is reached through texts."""
    parts = (lineage, *lineage.beyond)
    versions = {_version_key(v): v for part in parts for v in part.versions}
    runs = {run.run_id: run for part in parts for run in part.runs}
    models = {_model_key(m): m for part in parts for m in part.models}
    boxes = [
        *(_version_box(version) for version in versions.values()),
        *_run_boxes(list(runs.values()), {model.run_id for model in models.values()}),
        *_model_boxes(list(models.values())),
        *_writer_boxes(lineage.texts, models),
    ]
    arrows = [*_pin_arrows(versions, runs), *_made_arrows(models), *_text_arrows(lineage.texts)]
    subjects = {lineage.subject, *_named_by(lineage)}
    boxes = [replace(box, is_subject=box.key in subjects) for box in boxes]
    return _placed(f"Lineage of {lineage.subject}", boxes, arrows)


def draw_clip_lineage(lineage: ClipLineage) -> Graph:
    """Arrange what a clip went into; arrows to runs that may have consumed it say so."""
    clip = Box(key=lineage.clip_id, kind="clip", title=lineage.clip_id, is_subject=True)
    versions = (*lineage.versions, *lineage.withdrawn_from)
    keys = {version.pin.ref: _version_key(version) for version in versions}
    gone = {version.pin.ref for version in lineage.withdrawn_from}
    runs = {one.run.run_id: one.run for one in lineage.runs}
    boxes = [
        clip,
        *(_version_box(version) for version in versions),
        *_run_boxes(list(runs.values()), {model.run_id for model in lineage.models}),
        *_model_boxes(list(lineage.models)),
    ]
    arrows = [
        Arrow(start=clip.key, end=key, label="withdrawn" if ref in gone else "")
        for ref, key in keys.items()
    ]
    arrows += [
        Arrow(
            start=keys[one.version],
            end=one.run.run_id,
            label="consumed it" if one.known_by == "receipt" else f"{MAY} have consumed it",
        )
        for one in lineage.runs
    ]
    arrows += _made_arrows({_model_key(model): model for model in lineage.models})
    return _placed(f"What clip {lineage.clip_id} went into", boxes, arrows)


def _named_by(lineage: Lineage) -> Iterable[str]:
    """Give the keys of what the subject names."""
    if lineage.subject.startswith("models:/"):
        for model in lineage.models:
            if lineage.subject in (_model_key(model), *_alias_uris(model)):
                yield _model_key(model)
    for version in lineage.versions:
        if str(version.pin.ref) == lineage.subject:
            yield _version_key(version)


def _alias_uris(model: LinkedModel) -> Iterable[str]:
    return (f"models:/{model.name}@{alias}" for alias in model.aliases)


def _version_key(version: LinkedVersion) -> str:
    return f"{version.pin.ref} {version.pin.digest[:DIGEST_LENGTH]}"


def _model_key(model: LinkedModel) -> str:
    return f"models:/{model.name}/{model.version}"


def _version_box(version: LinkedVersion) -> Box:
    clips = "" if version.num_clips is None else f", {version.num_clips:,} clips"
    return Box(
        key=_version_key(version),
        kind="version",
        title=str(version.pin.ref),
        detail=f"{version.pin.digest[:12]}{clips}",
    )


def _run_boxes(runs: Sequence[LinkedRun], with_models: set[str]) -> list[Box]:
    """Give the runs, those with models first; what is too many becomes one box."""
    ranked = sorted(runs, key=lambda run: run.run_id not in with_models)
    boxes = [
        Box(
            key=run.run_id,
            kind="run",
            title=run.name or run.run_id,
            detail=f"{run.run_id[:8]} {run.status}",
        )
        for run in ranked
    ]
    return _few(boxes, "runs")


def _model_boxes(models: Sequence[LinkedModel]) -> list[Box]:
    ranked = sorted(models, key=lambda model: (not model.aliases, model.name, -model.version))
    boxes = [
        Box(
            key=_model_key(model),
            kind="model",
            title=f"{model.name} v{model.version}",
            detail=", ".join(f"@{alias}" for alias in model.aliases),
        )
        for model in ranked
    ]
    return _few(boxes, "models")


def _writer_boxes(texts: Iterable[WrittenTexts], models: dict[str, LinkedModel]) -> Iterable[Box]:
    """Give the writers of texts that MLflow does not know."""
    keys = {_writer_key(edge): edge for edge in texts}
    for key, edge in keys.items():
        if key not in models:
            title = f"{edge.model} {edge.model_version}"
            yield Box(key=key, kind="model", title=title, detail="not in this MLflow")


def _few(boxes: list[Box], what: str) -> list[Box]:
    if len(boxes) <= MAX_BOXES:
        return boxes
    more = f"{len(boxes) - MAX_BOXES:,} more {what}"
    return [*boxes[:MAX_BOXES], Box(key=more, kind="more", title=more)]


def _pin_arrows(versions: dict[str, LinkedVersion], runs: dict[str, LinkedRun]) -> Iterable[Arrow]:
    by_digest = defaultdict(list)
    for key, version in versions.items():
        by_digest[version.pin.digest[:DIGEST_LENGTH]].append(key)
    for run in runs.values():
        for digest in run.digests:
            for key in by_digest[digest]:
                yield Arrow(start=key, end=run.run_id)


def _made_arrows(models: dict[str, LinkedModel]) -> list[Arrow]:
    return [Arrow(start=model.run_id, end=key) for key, model in models.items()]


def _text_arrows(texts: Iterable[WrittenTexts]) -> Iterable[Arrow]:
    for edge in texts:
        version = f"{edge.version} {edge.digest[:DIGEST_LENGTH]}"
        label = f"{WROTE} {edge.num_clips:,} texts"
        yield Arrow(start=_writer_key(edge), end=version, label=label)


def _writer_key(edge: WrittenTexts) -> str:
    return f"models:/{edge.model}/{edge.model_version}"


def _placed(title: str, boxes: Sequence[Box], arrows: Iterable[Arrow]) -> Graph:
    keys = {box.key for box in boxes}
    kept = tuple(a for a in dict.fromkeys(arrows) if {a.start, a.end} <= keys and a.start != a.end)
    columns = _columns([box.key for box in boxes], kept)
    return Graph(title=title, boxes=tuple(_rows(boxes, columns, kept)), arrows=kept)


def _columns(keys: Sequence[str], arrows: Sequence[Arrow]) -> dict[str, int]:
    """Give each box the length of the longest way to it.

    What nothing leads to stands beside what it leads to, not far away at the left.
    """
    before = _without_circles(arrows)
    columns: dict[str, int] = {}

    def column(key: str) -> int:
        if key not in columns:
            columns[key] = max(map(column, before[key]), default=-1) + 1
        return columns[key]

    after = defaultdict(list)
    for key in keys:
        for start in before[key]:
            after[start].append(column(key))
    return {key: column(key) if before[key] else min(after[key], default=1) - 1 for key in keys}


def _without_circles(arrows: Sequence[Arrow]) -> dict[str, list[str]]:
    """Give what leads to each box.

    A model may have written texts of the version that it was trained on: of such a circle, the
    arrow with the texts does not count.
    """
    before: dict[str, list[str]] = defaultdict(list)

    def is_behind(key: str, start: str) -> bool:
        found, waiting = {start}, [start]
        while waiting:
            new = set(before[waiting.pop()]) - found
            found |= new
            waiting += new
        return key in found

    for arrow in sorted(arrows, key=_is_about_texts):
        if not _is_about_texts(arrow) or not is_behind(arrow.end, arrow.start):
            before[arrow.end].append(arrow.start)
    return before


def _is_about_texts(arrow: Arrow) -> bool:
    return arrow.label.startswith(WROTE)


def _rows(boxes: Sequence[Box], columns: dict[str, int], arrows: Sequence[Arrow]) -> Iterable[Box]:
    """Put the boxes of each column in the order of what leads to them, centred on the tallest."""
    before = defaultdict(list)
    for arrow in arrows:
        before[arrow.end].append(arrow.start)
    by_column = defaultdict(list)
    for box in boxes:
        by_column[columns[box.key]].append(box)
    tallest = max((len(column) for column in by_column.values()), default=0)
    rows: dict[str, float] = {}
    for number in sorted(by_column):
        column = sorted(
            by_column[number],
            key=lambda box: (box.kind == "more", _mean([rows.get(k, 0) for k in before[box.key]])),
        )
        top = (tallest - len(column)) / 2
        for place, box in enumerate(column):
            rows[box.key] = top + place
            yield replace(box, column=number, row=rows[box.key])


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
