"""What people labelled and aligners placed: Label Studio, NeMo manifests, aeneas, MFA, praatio."""

from collections.abc import Iterator, Mapping
from typing import Any

from audioset.documents.cues.recognised.values import (
    Recognised,
    by_model,
    first,
    flat,
    has,
    inner,
    items,
    objects,
    person,
    seconds,
)
from audioset.documents.cues.tiers import Tier, choose_tier


def is_manifest(data: Any) -> bool:
    """A list, or lines, of `{"audio_filepath": ..., "duration": ..., "text": ...}`, of NeMo."""
    rows = objects(data) if isinstance(data, list) else objects([data])
    return bool(rows) and all(has(row, "audio_filepath duration") for row in rows)


def read_manifest(data: Any) -> Recognised:
    """Read one span for each row; a row without an offset is a whole file."""
    rows = objects(data) if isinstance(data, list) else objects([data])
    model = any("pred_text" in row and "text" not in row for row in rows)
    found = Recognised(text_source=by_model("nemo") if model else "human")
    for row in rows:
        start, length = seconds(row.get("offset", 0)), seconds(row["duration"])
        end = start + length if start is not None and length is not None else None
        text = first(row, "text pred_text")
        found.add(start, end, text, row.get("speaker"), recording=row["audio_filepath"])
    return found


def is_label_studio(data: Any) -> bool:
    """A list of tasks with `annotations`, or the shorter form with spans beside the data."""
    tasks = objects(data) if isinstance(data, list) else objects([data])
    return bool(tasks) and all(
        has(task, "annotations data") or next(_short_spans(task), None) is not None
        for task in tasks
    )


def read_label_studio(data: Any) -> Recognised:
    """Read the regions of people, of predictions only where there are none.

    A region with a text and a label is said by whom the label names; one with only a label has it
    as its text.
    """
    found = Recognised()
    for task in objects(data) if isinstance(data, list) else [data]:
        recording = next(
            (value for name, value in _recordings(task) if isinstance(value, str)), None
        )
        if recording is not None:
            recording = recording.rpartition("?d=")[2]  # files that the program serves itself
        listed = objects(task.get("annotations"))
        if not any(objects(each.get("result")) for each in listed):
            listed = objects(task.get("predictions"))
            if listed:
                found.text_source = by_model("label-studio", listed[0].get("model_version"))
        regions: dict[str, dict[str, Any]] = {}
        for result in listed[:1]:
            for part in objects(result.get("result")):
                regions.setdefault(flat(part.get("id")), {}).update(_region(part))
        for number, span in enumerate(_short_spans(task)):
            texts = task.get("transcription")
            text = inner(texts, number) if isinstance(texts, list) else texts
            regions[str(number)] = {**_region({"value": span}), **({"text": text} if text else {})}
        for region in regions.values():
            text, label = region.get("text"), region.get("label")
            times = region.get("start"), region.get("end")
            speaker = label if text else None
            found.add(*times, text or label, speaker, recording=recording)
        if len(listed) > 1:
            found.notes.append(f"the first of {len(listed)} annotations of a task is read")
    return found


def _recordings(task: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    data = task.get("data") if isinstance(task.get("data"), dict) else task
    for name in ("audio", "video", "url", "audio_url", "wav", "file_upload"):
        yield name, inner(data, name)


def _short_spans(task: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "annotations" in task:
        return
    for value in task.values():
        for span in objects(value):
            if has(span, "start end") and ("labels" in span or "channel" in span):
                yield span


def _region(part: Mapping[str, Any]) -> dict[str, Any]:
    value = part.get("value")
    labels, texts = inner(value, "labels"), inner(value, "text")
    text = " ".join(map(flat, texts)) if isinstance(texts, list) else flat(texts)
    told = {
        "start": seconds(inner(value, "start")),
        "end": seconds(inner(value, "end")),
        "label": flat(inner(labels, 0)),
        "text": text,
    }
    return {name: value for name, value in told.items() if value not in (None, "")}


def is_aeneas(data: Any) -> bool:
    """`{"fragments": [{"begin": "0.000", "end": "2.680", "lines": [...]}]}`."""
    return any(has(each, "begin end lines") for each in objects(inner(data, "fragments")))


def read_aeneas(data: Any) -> Recognised:
    """Read fragments; the deepest ones where they are divided further."""
    found = Recognised(text_source="transcript")

    def read(fragments: Any, depth: int) -> None:
        for each in objects(fragments):
            if objects(each.get("children")) and depth < 10:
                read(each["children"], depth + 1)
                continue
            lines = each.get("lines")
            text = " ".join(map(flat, lines)) if isinstance(lines, list) else flat(lines)
            found.add(seconds(each.get("begin")), seconds(each.get("end")), text)

    read(data["fragments"], 0)
    return found


def is_tiers(data: Any) -> bool:
    """`{"tiers": {"words": {"entries": [[0.0, 0.5, "a"]]}}}`, of MFA and praatio."""
    return any("entries" in tier for _, tier in _tiers(data))


def read_tiers(data: Any, asked: str | None) -> Recognised:
    """Read one tier: the one asked for, the only one with text, or that of the words.

    `mary - words` is said by mary, where no tier is asked for.
    """
    tiers = dict(_tiers(data))
    words = [name for name in tiers if name == "words" or name.endswith(" - words")]
    if asked is None and words:
        chosen = words
    else:
        known = [_tier(name, tier) for name, tier in tiers.items()]
        chosen = [choose_tier(known, asked)]
    found = Recognised(text_source="transcript" if words else "human")
    for name in chosen:
        speaker = name.removesuffix(" - words") if name in words and name != "words" else ""
        for entry in items(tiers[name].get("entries")):
            text = flat(inner(entry, 2))
            if text and text not in ("<eps>", "sp", "sil"):
                found.add(seconds(inner(entry, 0)), seconds(inner(entry, 1)), text, person(speaker))
    found.notes.append(f"read is the tier {', '.join(map(repr, chosen))}")
    return found


def _tier(name: str, tier: Mapping[str, Any]) -> Tier:
    entries = items(tier.get("entries"))
    return Tier(name, len(entries), sum(bool(flat(inner(entry, 2))) for entry in entries))


def _tiers(data: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    tiers = inner(data, "tiers")
    if isinstance(tiers, dict):
        yield from ((name, tier) for name, tier in tiers.items() if isinstance(tier, dict))
    for tier in objects(tiers):
        yield flat(tier.get("name")), tier
