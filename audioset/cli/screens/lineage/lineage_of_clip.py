"""What `audioset lineage-of-clip` shows."""

from pathlib import Path
from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json, write_line
from audioset.cli.screens.parts import short_digest
from audioset.wording import count

if TYPE_CHECKING:
    from audioset.records.clip_lineage import ClipLineage


def show_clip_lineage(lineage: "ClipLineage", *, graph: Path | None, as_json: bool) -> None:
    """Show the versions that hold a clip, and the runs and models that consumed it."""
    if as_json:
        write_json(lineage)
    else:
        _show_links(lineage)
    if graph is not None:
        say(f"drawn in {graph}")


def _show_links(lineage: "ClipLineage") -> None:
    known_by = {one.run.run_id: one.known_by for one in lineage.runs}
    versions = [
        (str(version.pin.ref), short_digest(version.pin.digest), f"{version.num_clips or 0:,}")
        for version in lineage.versions
    ]
    if versions:
        heads = ["version", "digest", ">clips"]
        show(make_table(heads, versions, title="versions that hold it"), "")
    if lineage.withdrawn_from:
        gone = ", ".join(str(version.pin.ref) for version in lineage.withdrawn_from)
        write_line(f"withdrawn (audioset forget) from {gone}")
    if lineage.runs:
        runs = [
            (
                one.run.run_id,
                one.run.name,
                one.run.experiment,
                str(one.version),
                ", ".join(one.contexts),
                one.known_by,
            )
            for one in lineage.runs
        ]
        heads = ["run", "~name", "~experiment", "version", "~pinned for", "known by"]
        show(make_table(heads, runs, title="runs that consumed it"), "")
    if lineage.models:
        models = [
            (
                f"{model.name} v{model.version}",
                ", ".join(model.aliases),
                model.run_id,
                known_by[model.run_id],
            )
            for model in lineage.models
        ]
        heads = ["model", "~aliases", "run", "known by"]
        show(make_table(heads, models, title="models that consumed it"), "")
    _say_how_it_is_known(lineage)


def _say_how_it_is_known(lineage: "ClipLineage") -> None:
    if not lineage.runs:
        say("no run consumed it yet, so no model was made of it")
    elif not lineage.models:
        say("no model was registered from these runs yet")
    if lineage.num_without:
        runs = count(lineage.num_without, "run")
        say(f"{runs} on these versions did not take this clip, by their receipts")
    for known_by, why in dict.fromkeys((one.known_by, one.why) for one in lineage.runs):
        if known_by != "receipt":
            say(f"known by {known_by}: {why}; so it may have consumed the clip")
