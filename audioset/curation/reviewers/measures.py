"""How alike two reviewers are: verdicts by Cohen's kappa, texts by edits, edges by milliseconds."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from audioset.curation.reviewers.text_edits import TextEdits
from audioset.records.agreement import EdgeAgreement, TextAgreement, VerdictAgreement
from audioset.records.sentence import normalise_sentence

if TYPE_CHECKING:
    from audioset.records.agreement import OpinionValue

_VERDICTS: dict["OpinionValue", str] = {True: "accept", False: "reject", "unsure": "unsure"}
_PERCENTILE = 95


def measure_verdicts(
    pairs: Iterable[tuple["OpinionValue", "OpinionValue"]],
) -> VerdictAgreement | None:
    """Measure verdicts of two reviewers on the same clips; an emptied one is none.

    Args:
        pairs: True, False or "unsure" of the first and of the second.
    """
    words = [(_VERDICTS[a], _VERDICTS[b]) for a, b in pairs if a in _VERDICTS and b in _VERDICTS]
    if not words:
        return None
    used = [word for word in _VERDICTS.values() if any(word in pair for pair in words)]
    counts = {one: {other: words.count((one, other)) for other in used} for one in used}
    return VerdictAgreement(
        num_clips=len(words),
        num_agreed=sum(counts[word][word] for word in used),
        kappa=_kappa(counts),
        counts=counts,
    )


def _kappa(counts: dict[str, dict[str, int]]) -> float | None:
    """Give Cohen's kappa; scikit-learn, which has it too, takes more than a second to load."""
    total = sum(sum(row.values()) for row in counts.values())
    agreed = sum(counts[word][word] for word in counts)
    # Whole numbers up to here: agreement everywhere by chance is told exactly.
    by_chance = sum(
        sum(counts[word].values()) * sum(row[word] for row in counts.values()) for word in counts
    )
    if by_chance == total * total:
        return None
    return (agreed * total - by_chance) / (total * total - by_chance)


def measure_texts(
    pairs: Iterable[tuple["OpinionValue", "OpinionValue"]],
) -> TextAgreement | None:
    """Measure texts of two reviewers for the same clips; an emptied one has no words."""
    told = [(_words(a), _words(b)) for a, b in pairs]
    if not told:
        return None
    edits = TextEdits()
    # Edits are the same both ways, and an empty text can only stand on one of the two sides.
    ordered = [(a, b) if a else (b, a) for a, b in told if a or b]
    if ordered:
        edits.add([a for a, _ in ordered], [b for _, b in ordered])
    return TextAgreement(
        num_clips=len(told),
        num_agreed=sum(a == b for a, b in told),
        word_error_rate=_rate(edits.word_edits, edits.words + edits.other_words),
        character_error_rate=_rate(
            edits.character_edits, edits.characters + edits.other_characters
        ),
    )


def measure_edges(differences: Sequence[float]) -> EdgeAgreement | None:
    """Measure edges of two reviewers.

    Args:
        differences: in milliseconds, 0 and up; two for each clip.
    """
    import numpy as np

    if not len(differences):
        return None
    median, high = np.percentile(differences, [50, _PERCENTILE]).tolist()
    return EdgeAgreement(
        num_clips=len(differences) // 2, median_milliseconds=median, p95_milliseconds=high
    )


def _rate(edits: int, both: int) -> float | None:
    return 2 * edits / both if both else None


def _words(text: "OpinionValue") -> str:
    return normalise_sentence(str(text or ""))
