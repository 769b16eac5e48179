"""What the page of a version's run says: the dataset card as far as it fits, and its models."""

import re
from collections.abc import Sequence
from urllib.parse import quote

from audioset.pages.markdown import cell, markdown_table
from audioset.records.lineage import LinkedModel

# The card is also the note of an MLflow run: tags over 8000 characters are cut without a word.
MAX_NOTE = 8000
CARD_FILE = "dataset_card.md"
MODELS_HEADING = "## Models trained on this version"
ABOUT_HEADING = "## About this version"
_MAX_MODELS = 30
_MAX_CARD = 5500  # of a note, so that its table of models has room
_REST = f"The rest stands in the artifact `{CARD_FILE}`."


def note_of(card: str) -> str:
    """Give the sections of a card that fit into a note, whole ones, and say when some do not."""
    if len(card) <= _MAX_CARD:
        return card
    head, *sections = re.split(r"\n\n(?=## )", card.rstrip("\n"))
    if len(head) > _MAX_CARD // 2:  # the author's words are long; they begin in the third block
        head = "\n\n".join(head.split("\n\n")[:2])[: _MAX_CARD // 2]
    kept, room = [head], _MAX_CARD - len(head) - len(_REST) - 3
    for section in sections:
        if len(section) + 2 <= room:
            kept.append(section)
            room -= len(section) + 2
    return "\n\n".join((*kept, _REST)) + "\n"


def add_models(card: str, models: Sequence[LinkedModel], experiments: dict[str, str]) -> str:
    """Give the card with its table of models, the newest first, in place of an older one.

    The table stands at the top, since MLflow folds all but the first lines of a note.

    Args:
        card: with or without such a table.
        models: any order.
        experiments: MLflow experiment id of each model's run, by run id; for the links.
    """
    title, _, about = card.partition("\n\n")
    if about.startswith(MODELS_HEADING):
        about = about.partition(f"{ABOUT_HEADING}\n\n")[2]
    plain = f"{title}\n\n{about}"
    if not models:
        return plain
    newest = sorted(models, key=lambda model: (model.name, -model.version))
    rows = [
        (
            f"[{cell(model.name)} v{model.version}]({model_link(model.name, model.version)})",
            ", ".join(f"@{alias}" for alias in model.aliases),
            f"[{model.run_id[:8]}]({run_link(experiments[model.run_id], model.run_id)})",
        )
        for model in newest
    ]
    # Whole rows are dropped until the note fits, never the middle of a link.
    for shown in range(min(len(rows), _MAX_MODELS), 0, -1):
        rest = f"\n\nand {len(rows) - shown} more" if shown < len(rows) else ""
        models_table = markdown_table(("model", "aliases", "run"), rows[:shown])
        note = f"{title}\n\n{MODELS_HEADING}\n\n{models_table}{rest}\n\n{ABOUT_HEADING}\n\n{about}"
        if len(note) <= MAX_NOTE:
            return note
    return plain


def run_link(experiment_id: str, run_id: str) -> str:
    """Address of a run inside MLflow's own pages, whatever host they are on."""
    return f"#/experiments/{experiment_id}/runs/{run_id}"


def model_link(name: str, version: int) -> str:
    """Address of a model version inside MLflow's own pages."""
    return f"#/models/{quote(name, safe='')}/versions/{version}"
