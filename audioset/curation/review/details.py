"""What is shown of the clip that is heard now: differences, takes, history."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from audioset.catalog.decisions import RecordedDecision
from audioset.records.lines import lacks_words
from audioset.records.manifest import columns
from audioset.records.sentence import normalise_sentence

_SHORT = (
    "clip_id", "audio_sha256", "length_seconds", "start_sample", "end_sample", "line", "take",
    "text", "hypothesis", "take_similarity", "verdict", "flags", "text_score",
)  # fmt: skip


def details_of(
    told: Mapping[str, Any],
    takes: Sequence[Mapping[str, Any]],
    history: Iterable[RecordedDecision],
) -> dict[str, Any]:
    """Give what a row alone does not tell.

    Args:
        told: the row of the clip.
        takes: rows of all takes of its line, itself among them.
        history: of the clip.
    """
    best = best_of(takes)
    return {
        "history": [
            {
                "field": each.decision.field,
                "value": each.decision.value,
                "by": each.decided_by,
                "at": each.decided_at.isoformat(),
                "row_id": each.row_id,
                "op_id": each.op_id,
                "retracts": each.retracts,
                "pass": each.review_pass or 1,
                "heard_share": each.heard_share,
            }
            for each in history
        ],
        "takes": [{**short_row(take), "best": take["clip_id"] == best} for take in takes],
        "line_text": told["machine_text"] if told["line"] is not None else None,
        "differences": differences_of(told["text"], told["hypothesis"]),
        "suggestions": suggestions_for(told),
    }


def told_columns() -> list[dict[str, str]]:
    """Give the columns of a manifest, in words."""
    words = ("unit", "meaning")
    return [
        {
            "name": column.name,
            "type": column.metadata["arrow"],
            **{name: column.metadata[name] for name in words},
        }
        for column in columns()
    ]


def news_of(rows: Iterable[RecordedDecision], reviewer: str) -> list[dict[str, Any]]:
    """Give what others than a reviewer decided, as the page tells it."""
    return [_news(row) for row in rows if row.decided_by != reviewer]


def _news(row: RecordedDecision) -> dict[str, Any]:
    decision = row.decision
    return {
        "clip_id": decision.subject_id if decision.subject_kind == "clip" else None,
        "subject_kind": decision.subject_kind,
        "subject_id": decision.subject_id,
        "field": decision.field,
        "value": None if row.retracts else decision.value,
        "retracts": row.retracts,
        "by": row.decided_by,
        "at": row.decided_at.isoformat(),
        "row_id": row.row_id,
    }


def short_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give of a row what a card or a bar of it shows."""
    return {name: row[name] for name in _SHORT}


def best_of(takes: Sequence[Mapping[str, Any]]) -> str | None:
    """Name the take to take: the one that is accepted, else the likest to the others.

    None where there are no two takes, or nothing tells.
    """
    accepted = [take for take in takes if take["verdict"] == "accept"]
    if accepted:
        return str(accepted[0]["clip_id"])
    left = [take for take in takes if take["verdict"] != "reject"]
    known = [take for take in left if take["take_similarity"] is not None]
    if len(takes) < 2 or not known:
        return None

    def worth(take: Mapping[str, Any]) -> tuple[bool, int, float]:
        flags = take["flags"]
        return not lacks_words(flags), -len(flags), take["take_similarity"]

    return str(max(known, key=worth)["clip_id"])


def differences_of(text: str | None, hypothesis: str | None) -> list[tuple[str, str]]:
    """Give what to do with a text, word by word, so that it becomes what a model wrote.

    Returns:
        Words with "equal" (in both), "delete" (in the text only) or "insert" (in what the model
        wrote only). Words are equal where only case and punctuation differ. Nothing where one of
        the two is missing.
    """
    if text is None or hypothesis is None:
        return []
    one, other = text.split(), hypothesis.split()
    matcher = SequenceMatcher(
        None,
        [normalise_sentence(w) for w in one],
        [normalise_sentence(w) for w in other],
        False,  # noqa: FBT003
    )
    found: list[tuple[str, str]] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            found.append(("equal", " ".join(one[a:b])))
            continue
        if a < b:
            found.append(("delete", " ".join(one[a:b])))
        if c < d:
            found.append(("insert", " ".join(other[c:d])))
    return found


def suggestions_for(told: Mapping[str, Any]) -> list[str]:
    """Give other texts that the clip may have: what a model wrote, and what was there before."""
    found = [told["hypothesis"], told["machine_text"], told["accepted_text"]]
    return list(dict.fromkeys(text for text in found if text and text != told["text"]))
