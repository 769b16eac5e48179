"""What `audioset search` shows, and tells while it runs."""

from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json, write_line
from audioset.wording import count, format_hms

if TYPE_CHECKING:
    from audioset.records.search_report import SearchReport, SearchTrial

_REASON_SHOWN = 300


def tell_trial(trial: "SearchTrial", best: "SearchTrial | None") -> None:
    """Tell what came of a trial, in one line."""
    values = " ".join(f"{name}={text}" for name, text in trial.params.items())
    value = "" if trial.value is None else f" {trial.value:.6g}"
    line = f"trial {trial.number} {trial.state}{value}  {values}"
    if trial.reason:
        line += f"  {trial.reason[:_REASON_SHOWN]}"
    if best is not None and best.value is not None:
        line += (
            "  best so far" if best == trial else f"  (best {best.value:.6g}: trial {best.number})"
        )
    say(line)


def show_search(report: "SearchReport", *, as_json: bool) -> None:
    """Show the best values, and where to see the rest."""
    if as_json:
        write_json(report)
        return
    states = [trial.state for trial in report.trials]
    counts = [
        f"{states.count(state)} {state}"
        for state in ("done", "pruned", "failed", "killed")
        if state in states
    ]
    seconds = sum(trial.seconds for trial in report.trials)
    write_line(
        f"search {report.study}: {report.num_tried:,} of {count(report.num_wanted, 'trial')} "
        f"({', '.join(counts)}), {format_hms(seconds)} of training"
    )
    if report.best is None:
        say("no trial is done; see why: audioset ui")
        return
    rows = [(f"{report.metric} ({report.direction})", f"{report.best.value!r}")]
    rows += list(report.best.params.items())
    rows += [("trial", str(report.best.number)), ("run", report.best.run_id)]
    if report.model:
        rows.append(("model", report.model))
    show(make_table(["best", "~value"], rows), "")
    if report.num_tried < report.num_wanted:
        say("the time was over; run the same command again to go on")
    where = f"experiment {report.experiment}, run {report.study}"
    say(f"audioset ui shows all trials and plots: {where}")
    if report.model:
        say(f"audioset lineage {report.model} shows its data")
