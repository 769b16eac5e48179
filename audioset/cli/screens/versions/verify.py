"""What `audioset verify` shows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audioset.cli.render import say, write_json
from audioset.cli.screens.parts import show_some
from audioset.cli.text import format_size
from audioset.wording import count

if TYPE_CHECKING:
    from audioset.records.verify_report import VerifyReport


def show_verified(report: "VerifyReport", *, show_all: bool, as_json: bool) -> None:
    """Show what is wrong, and how much was read to know."""
    if as_json:
        write_json(report)
        return
    rows = [
        (
            problem.key,
            problem.what,
            _runs(problem.versions),
            f"{len(problem.clip_ids):,}" if problem.clip_ids else "",
            problem.remedy,
        )
        for problem in report.problems
    ]
    columns = ["~object", "~what is wrong", "~touches", ">clips", "~what to do"]
    show_some(columns, rows, things="problems", show_all=show_all)
    proof = "decoded and proven" if report.decoded else "checked"
    say(
        f"{report.dataset}: {count(len(report.versions), 'version')}, "
        f"{count(report.num_objects, 'object')} ({format_size(report.size_bytes)}) looked at, "
        f"{count(report.num_clips, 'clip')} {proof}"
    )
    if report.num_dead_clips:
        say(
            f"{count(report.num_dead_clips, 'clip')} of earlier versions in its shards: "
            "audioset publish --compact leaves none"
        )
    if report.num_unneeded:
        say(f"{count(report.num_unneeded, 'object')} that no version needs: audioset collect")
    if rows:
        say(f"audioset: {count(len(rows), 'problem')} found")
    else:
        say("everything is as it was published")


def _runs(numbers: Sequence[int]) -> str:
    """Name versions, those in a row by the first and the last: `v1 to v45, v47`."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(
        f"v{run[0]} to v{run[-1]}" if len(run) > 2 else ", ".join(f"v{n}" for n in run)
        for run in runs
    )
