"""What an imported folder makes worth telling: of single rows, and of the whole."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from audioset.documents.facts import FactsRow
from audioset.errors import as_option
from audioset.interop.importers.options import ImportOptions
from audioset.interop.importers.plan import ImportPlan
from audioset.interop.importers.report import NAMES_TOLD, ImportedRow
from audioset.records.manifest import Clip
from audioset.records.speaker_names import naming_command, spellings_of_one
from audioset.wording import count, some_of

_LENGTH_SECONDS = 0.1  # by which a table may be wrong about a length


def rows_after(
    plan: ImportPlan, clips: Mapping[str, Clip], failures: Mapping[str, str]
) -> tuple[tuple[ImportedRow, ...], list[str]]:
    """Give the rows with what the sound itself says: of files that failed, and of lengths.

    Returns:
        The rows, and a sentence where the table is wrong about most lengths.
    """
    wrong = {}
    for name, row in plan.said.facts.items():
        clip, told = clips.get(name), row.length_seconds
        if clip and told is not None and abs(told - clip.length_seconds) > _LENGTH_SECONDS:
            wrong[name] = (
                f"the table says {told:.3g} s, the file has {clip.length_seconds:.3g} s; is it the "
                "right one?"
            )
    notes = []
    if len(wrong) > 3 and 2 * len(wrong) > len(plan.said.facts):
        notes = [f"the lengths in the table are not those of {len(wrong)} files; they are not used"]
        wrong = {}
    return tuple(_after(row, failures, wrong) for row in plan.said.rows), notes


def _after(row: ImportedRow, failures: Mapping[str, str], wrong: Mapping[str, str]) -> ImportedRow:
    file = row.file or ""
    if file in failures:
        return replace(row, fate="failed", why=f"{file}: {failures[file]}")
    return replace(row, problems=(*row.problems, wrong[file])) if file in wrong else row


def plan_notes(plan: ImportPlan, options: ImportOptions) -> list[str]:
    """Say what was chosen or kept, a sentence each."""
    notes = []
    if plan.moved_from is not None:
        notes.append(
            f"these are the clips of the folder {plan.moved_from!r}, which lay at another place "
            "when it was imported"
        )
    if plan.elsewhere:
        notes.append(f"imported before with another folder, and left there: {some(plan.elsewhere)}")
    if plan.removed:
        notes.append(
            f"removed before, and not taken again: {some(plan.removed)}; audioset remove with "
            f"{as_option('undo', 'True')} brings them back"
        )
    if plan.renamed:
        pairs = [f"{name} was {before}" for name, before in plan.renamed]
        notes.append(f"renamed files keep their clips: {some(pairs)}")
    if plan.overruled:
        rows = [f"row {number} ({name})" for number, name in plan.overruled]
        notes.append(f"a text that a person decided goes before that of {some(rows)}")
    notes += _folders(plan, options)
    counts = Counter(_says(row, "speaker") for row in plan.said.facts.values())
    if alike := spellings_of_one(counts):
        notes.append(
            "names of speakers that differ by case, accents or blanks alone: "
            f"{some([' and '.join(map(repr, names)) for names in alike])}; if they are one: "
            + some([naming_command(names[1:], names[0]) for names in alike])
        )
    for fact, value in options.facts.items():
        others = [
            row.number for row in plan.said.facts.values() if _says(row, fact) not in (None, value)
        ]
        if others:
            notes.append(
                f"{fact} is {value!r} only where the table names no other; it does in "
                f"{count(len(others), 'row')}, the first is row {min(others)}"
            )
    return notes


def some(names: Sequence[str]) -> str:
    """List as many names as a note of an import does."""
    return some_of(names, NAMES_TOLD)


def _folders(plan: ImportPlan, options: ImportOptions) -> list[str]:
    """Offer that folders are speakers, where nothing else says who speaks."""
    folders = list(dict.fromkeys(n.partition("/")[0] for n in plan.said.names if "/" in n))
    mapped = {role for _, role in plan.said.table.mapped} if plan.said.table else set()
    if len(folders) < 2 or options.folder_as or "speaker" in {*mapped, *plan.facts}:
        return []
    return [
        f"the files lie in {len(folders)} folders ({some(folders)}); if they are speakers, say so: "
        f"{as_option('folder_as', 'speaker')}"
    ]


def _says(row: FactsRow, fact: str) -> str | None:
    return row.columns.get(fact) or row.extra.get(fact)
