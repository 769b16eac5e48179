"""What `audioset lineage` shows."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.cli.render import say, write_json, write_line
from audioset.cli.screens.parts import short_digest, show_some
from audioset.wording import format_hms

if TYPE_CHECKING:
    from audioset.records.lineage import Lineage


def show_lineage(lineage: "Lineage", *, graph: Path | None, show_all: bool, as_json: bool) -> None:
    """Show the linked versions, runs and models as tables."""
    if as_json:
        write_json(lineage)
    else:
        _show_links(lineage, show_all)
    if graph is not None:
        say(f"drawn in {graph}")


def _show_links(lineage: "Lineage", show_all: bool) -> None:
    name_of = {version.pin.digest[:32]: str(version.pin.ref) for version in lineage.versions}
    versions = [
        (
            str(version.pin.ref),
            short_digest(version.pin.digest),
            "" if version.num_clips is None else f"{version.num_clips:,}",
            "" if version.length_seconds is None else format_hms(version.length_seconds),
            version.run_id or "not logged",
        )
        for version in lineage.versions
    ]
    runs = [
        (
            run.run_id,
            run.name,
            run.experiment,
            run.status,
            ", ".join(name_of.get(digest, short_digest(digest)) for digest in run.digests),
        )
        for run in lineage.runs
    ]
    models = [
        (f"{model.name} v{model.version}", ", ".join(model.aliases), model.run_id)
        for model in lineage.models
    ]
    _show_or_say(
        "versions", ["version", "digest", ">clips", ">length", "logged as run"], versions, show_all
    )
    _show_or_say("runs", ["run", "~name", "~experiment", "status", "~trained on"], runs, show_all)
    _show_or_say("models", ["model", "~aliases", "run"], models, show_all)
    _show_texts(lineage, show_all)


def _show_texts(lineage: "Lineage", show_all: bool) -> None:
    """Show which models wrote texts, and what is linked through them."""
    if not lineage.texts:
        return
    texts = [
        (f"{edge.model} v{edge.model_version}", str(edge.version), f"{edge.num_clips:,}")
        for edge in lineage.texts
    ]
    _show_or_say("texts by models", ["model", "version", ">clips"], texts, show_all)
    beyond = [
        (
            part.subject,
            ", ".join(str(version.pin.ref) for version in part.versions),
            ", ".join(f"{model.name} v{model.version}" for model in part.models),
        )
        for part in lineage.beyond
    ]
    _show_or_say("linked through texts", ["what", "~versions", "~models"], beyond, show_all)


def _show_or_say(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], show_all: bool
) -> None:
    if rows:
        show_some(columns, rows, things=title, show_all=show_all, title=title)
        write_line("")
    else:
        say(f"no {title}")
