"""How often models were wrong: what they wrote, held against what people say is right."""

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from audioset.curation.reviewers import TextEdits
from audioset.records.description import TextErrors
from audioset.records.sentence import normalise_sentence

TEXT_ERROR_COLUMNS = ("text", "text_source", "hypothesis", "hypothesis_source")


@dataclass(slots=True)
class _Counts:
    """Of the clips of one model: from the right texts to what it wrote."""

    clips: int = 0
    edits: TextEdits = field(default_factory=TextEdits)


@dataclass(slots=True)
class ErrorCounter:
    """Counts errors while batches pass; case and punctuation do not count."""

    counts: dict[str, _Counts] = field(default_factory=dict)

    def add(self, batch: pa.RecordBatch) -> None:
        """Look at a batch that has `TEXT_ERROR_COLUMNS`; one without them tells nothing."""
        if not set(TEXT_ERROR_COLUMNS) <= set(batch.schema.names):
            return
        hypotheses = batch.column("hypothesis")
        if hypotheses.null_count == len(hypotheses):
            return
        by_people = pc.equal(batch.column("text_source"), "human")
        chosen = batch.filter(pc.and_(pc.fill_null(by_people, False), hypotheses.is_valid()))  # noqa: FBT003
        pairs: dict[str, tuple[list[str], list[str]]] = {}
        for row in chosen.select(list(TEXT_ERROR_COLUMNS)).to_pylist():
            right = normalise_sentence(row["text"] or "")
            if right and row["hypothesis_source"]:
                told = pairs.setdefault(row["hypothesis_source"], ([], []))
                told[0].append(right)
                told[1].append(normalise_sentence(row["hypothesis"]))
        for model, (true, wrote) in pairs.items():
            self._count(model, true, wrote)

    def summary(self) -> tuple[TextErrors, ...]:
        """Give the errors of each model, that with most clips first."""
        ordered = sorted(self.counts.items(), key=lambda item: (-item[1].clips, item[0]))
        return tuple(
            TextErrors(
                model=model,
                num_clips=counts.clips,
                word_error_rate=counts.edits.word_edits / counts.edits.words,
                character_error_rate=counts.edits.character_edits / counts.edits.characters,
            )
            for model, counts in ordered
        )

    def _count(self, model: str, right: list[str], wrote: list[str]) -> None:
        counts = self.counts.setdefault(model, _Counts())
        counts.clips += len(right)
        counts.edits.add(right, wrote)
