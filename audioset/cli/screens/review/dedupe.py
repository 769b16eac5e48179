"""What `audioset dedupe` shows."""

from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json, write_line
from audioset.cli.screens.parts import say_without_audio
from audioset.wording import count

if TYPE_CHECKING:
    from audioset.records.dedupe_report import DedupeReport


_KEPT_SHOWN = 50
_OTHERS_SHOWN = 5


def show_dedupe(report: "DedupeReport", *, as_json: bool) -> None:
    """Show the groups, what is kept of each, and what was or would be rejected."""
    if as_json:
        write_json(
            {
                "name": report.name,
                "num_clips": report.num_clips,
                "groups": report.groups,
                "within": report.within,
                "num_duplicates": report.num_duplicates,
                "num_decisions": report.num_decisions,
                "num_without_audio": report.num_without_audio,
            }
        )
        return
    rows = []
    for group in report.groups[:_KEPT_SHOWN]:
        how = "equal samples" if not group.bit_errors else f"{group.bit_errors:.1%} of bits differ"
        shown = group.others[:_OTHERS_SHOWN]
        rows += [(group.keep, other, how, group.reasons[other]) for other in shown]
        if len(group.others) > _OTHERS_SHOWN:
            rows.append((group.keep, f"({len(group.others) - _OTHERS_SHOWN:,} more)", "", ""))
    if rows:
        show(make_table(["~keep", "~duplicate", "how alike", "~why not this one"], rows), "")
    if len(report.groups) > _KEPT_SHOWN:
        say(f"{len(report.groups) - _KEPT_SHOWN:,} more groups; see them all with --json")
    _show_within(report)
    write_line(
        f"{report.name}: {count(report.num_duplicates, 'duplicate')} in "
        f"{count(len(report.groups), 'group')}, of {count(report.num_clips, 'clip')}"
    )
    say_without_audio(report.num_without_audio)
    if report.num_decisions:
        say(f"{count(report.num_decisions, 'clip')} rejected; audioset publish leaves them out")
    elif report.groups:
        say(f"nothing was changed; --yes rejects {count(report.num_duplicates, 'clip')}")


def _show_within(report: "DedupeReport") -> None:
    """Show which clips are parts of others, and what can be done about it."""
    parts = [
        (clip.clip_id, clip.within, f"{max(0.0, clip.starts_seconds):.2f} s")
        for clip in report.within[:_KEPT_SHOWN]
    ]
    if not parts:
        return
    show(make_table(["~clip", "~is a part of", ">from"], parts), "")
    if len(report.within) > len(parts):
        say(f"{len(report.within) - len(parts):,} more parts; see them all with --json")
    say(
        f"parts of others stay ({count(len(report.within), 'clip')}); to reject one: "
        f"audioset decide {parts[0][0]} --reject"
    )
