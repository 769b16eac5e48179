"""The dataset card: one page of Markdown that tells a reader what a version is."""

from collections.abc import Sequence

from audioset.records.description import Description, GroupTotal
from audioset.records.lineage import LinkedModel
from audioset.records.version import VersionRecord

# A card is also the note of an MLflow run: tags over 8000 characters are cut without a word.
MAX_NOTE = 8000
MODELS_HEADING = "## Models trained on this version"
ABOUT_HEADING = "## About this version"
_MAX_ROWS = 12
_MAX_MODELS = 30


def make_card(record: VersionRecord, description: Description, store_url: str) -> str:
    """Write the card of a version as Markdown."""
    lengths = description.lengths
    parent = f"{record.dataset}@v{record.parent}" if record.parent else "none, it is the first"
    facts = [
        ("clips", f"{record.num_clips:,}"),
        ("length", format_hours(record.length_seconds)),
        ("clip length", f"{lengths.min:.2f} to {lengths.max:.2f} s, mean {lengths.mean:.2f} s"),
        ("speakers", f"{record.num_speakers:,}"),
        ("clips with text", f"{description.num_with_text:,}"),
        ("size", f"{record.size_bytes / 1e6:,.1f} MB in {len(record.shards):,} shards"),
        ("follows", parent),
        ("published", f"{record.created_at} by {cell(record.created_by)}"),
        ("digest", f"`{record.digest}`"),
        ("store", f"`{store_url}`"),
    ]
    blocks = [
        f"# {record.ref}",
        record.message.strip(),
        table(("", ""), [(f"**{name}**", value) for name, value in facts]),
        *_groups("Splits", description.splits),
        *_groups("Speakers", description.speakers),
        f'Use it: `audioset.open("{record.ref}")`. Pin it in a training run: '
        f'`with audioset.training_run("{record.ref}"):`',
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


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
            f"[{model.name} v{model.version}]({model_link(model.name, model.version)})",
            ", ".join(f"@{alias}" for alias in model.aliases),
            f"[{model.run_id[:8]}]({run_link(experiments[model.run_id], model.run_id)})",
        )
        for model in newest
    ]
    # Whole rows are dropped until the note fits, never the middle of a link.
    for shown in range(min(len(rows), _MAX_MODELS), 0, -1):
        rest = f"\n\nand {len(rows) - shown} more" if shown < len(rows) else ""
        models_table = table(("model", "aliases", "run"), rows[:shown])
        note = f"{title}\n\n{MODELS_HEADING}\n\n{models_table}{rest}\n\n{ABOUT_HEADING}\n\n{about}"
        if len(note) <= MAX_NOTE:
            return note
    return plain


def run_link(experiment_id: str, run_id: str) -> str:
    """Address of a run inside MLflow's own pages, whatever host they are on."""
    return f"#/experiments/{experiment_id}/runs/{run_id}"


def model_link(name: str, version: int) -> str:
    """Address of a model version inside MLflow's own pages."""
    return f"#/models/{name.replace(' ', '%20')}/versions/{version}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(text: str) -> str:
    """Keep people's text from breaking out of a table cell or into markup."""
    plain = " ".join(text.split())
    for character in "\\`*_[]<>|":
        plain = plain.replace(character, f"\\{character}")
    return plain


def format_hours(seconds: float) -> str:
    """Give a length as hours, minutes or seconds, whichever reads best."""
    if seconds >= 3600:
        return f"{seconds / 3600:,.2f} h"
    return f"{seconds / 60:.1f} min" if seconds >= 60 else f"{seconds:.1f} s"


def _groups(title: str, groups: Sequence[GroupTotal]) -> list[str]:
    if not any(group.name for group in groups):
        return []
    rows = [
        (
            cell(group.name or "(not given)"),
            f"{group.num_clips:,}",
            format_hours(group.length_seconds),
        )
        for group in groups[:_MAX_ROWS]
    ]
    if len(groups) > _MAX_ROWS:
        rest = groups[_MAX_ROWS:]
        rows.append(
            (
                f"{len(rest)} others",
                f"{sum(group.num_clips for group in rest):,}",
                format_hours(sum(group.length_seconds for group in rest)),
            )
        )
    return [f"## {title}", table((title.lower().removesuffix("s"), "clips", "length"), rows)]
