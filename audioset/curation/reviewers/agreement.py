"""How alike the reviewers of a workspace judge, told from what each said in the history."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations

from audioset.catalog.decisions import DecisionKey, RecordedDecision
from audioset.curation.reviewers.edges import EdgeRuler, read_ruler
from audioset.curation.reviewers.measures import measure_edges, measure_texts, measure_verdicts
from audioset.curation.reviewers.opinions import Voices, find_disagreements, gather
from audioset.curation.workspace.working import Working
from audioset.records.agreement import AgreementReport, Opinion, OpinionValue, PairAgreement

_VERDICT, _TEXT, _EDGES = "accepted", "text", "edges"
# Edges that lie closer are heard as the same.
_SAME_EDGES_MILLISECONDS = 20.0

_Pair = tuple[str, str, bool]  # two names, and whether they judged blind
_TwoOpinions = tuple[str, OpinionValue, OpinionValue]  # of a clip


def read_agreement(
    working: Working, words: Sequence[RecordedDecision] | None = None
) -> AgreementReport:
    """Tell how alike the reviewers of a workspace judge, and where they still differ.

    Args:
        working: the clips.
        words: what was said of some fields, as `compare` takes it; of all when None.

    Raises:
        InvalidInputError: a file is not a manifest.
        StorageError: a manifest or the catalog cannot be read.
    """
    words = working.catalog.said_by_several() if words is None else words
    moved = any(word.decision.field == _EDGES for word in words)
    ruler = read_ruler(working) if moved else EdgeRuler()
    return compare(words, ruler)


def compare(words: Sequence[RecordedDecision], ruler: EdgeRuler) -> AgreementReport:
    """Compare what reviewers said.

    Args:
        words: all that was ever said of the fields of which several reviewers spoke, or a blind
            one, in any order; retractions among them.
        ruler: of the sources.
    """

    def differ(key: DecisionKey, one: OpinionValue, other: OpinionValue) -> bool:
        return _differ(key, one, other, ruler)

    voices = gather(words, differ)
    disagreements = find_disagreements(voices, differ)
    differing = {(one.subject_kind, one.subject_id, one.field) for one in disagreements}
    return AgreementReport(
        pairs=_measure_pairs(voices, ruler),
        disagreements=disagreements,
        num_blind_only=sum(
            said.is_blind_only for key, said in voices.items() if key not in differing
        ),
    )


def _differ(key: DecisionKey, one: OpinionValue, other: OpinionValue, ruler: EdgeRuler) -> bool:
    """Tell whether two values of a field are different words about it."""
    kind, subject, name = key
    if name == _VERDICT and None in (one, other):  # an emptied verdict is none
        return False
    if (kind, name) == ("clip", _EDGES):
        apart = ruler.apart(subject, one, other)
        return one != other if apart is None else max(apart) > _SAME_EDGES_MILLISECONDS
    return one != other


def _measure_pairs(
    voices: Mapping[DecisionKey, Voices], ruler: EdgeRuler
) -> tuple[PairAgreement, ...]:
    told: dict[_Pair, dict[str, list[_TwoOpinions]]] = {}
    for (kind, subject, name), said in voices.items():
        if kind != "clip" or name not in (_VERDICT, _TEXT, _EDGES):
            continue
        for one, other in combinations(sorted(said.opinions.values(), key=_name), 2):
            pair = one.by, other.by, one.is_blind or other.is_blind
            both = subject, one.value, other.value
            told.setdefault(pair, defaultdict(list))[name].append(both)
    measured = [_measure_pair(pair, fields, ruler) for pair, fields in sorted(told.items())]
    return tuple(sorted(measured, key=lambda one: -_num_clips(one)))


def _measure_pair(
    pair: _Pair,
    fields: Mapping[str, list[_TwoOpinions]],
    ruler: EdgeRuler,
) -> PairAgreement:
    def values(name: str) -> list[tuple[OpinionValue, OpinionValue]]:
        return [(one, other) for _, one, other in fields.get(name, ())]

    apart = [ruler.apart(*both) for both in fields.get(_EDGES, ())]
    return PairAgreement(
        reviewers=pair[:2],
        blind=pair[2],
        verdicts=measure_verdicts(values(_VERDICT)),
        texts=measure_texts(values(_TEXT)),
        edges=measure_edges([edge for both in apart if both is not None for edge in both]),
    )


def _num_clips(pair: PairAgreement) -> int:
    return max((one.num_clips for one in (pair.verdicts, pair.texts, pair.edges) if one), default=0)


def _name(opinion: Opinion) -> str:
    return opinion.by
