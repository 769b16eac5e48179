"""What `audioset split` shows."""

from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json, write_line
from audioset.cli.screens.parts import (
    say_held_as_one,
    say_without_audio,
    show_leaks,
    show_splits,
    tell_verdict,
)
from audioset.wording import count, some_of

if TYPE_CHECKING:
    from audioset.records.split_report import SplitOptions, SplitReport

_LEFT_OUT_SHOWN = 10
_PAIRS_SHOWN = 5


def show_split(report: "SplitReport", usual: "SplitOptions", *, wrote: bool, as_json: bool) -> None:
    """Show what each split gets, what was left out, and whether anything leaks.

    Args:
        usual: what `[split]` in `audioset.toml` says.
        wrote: it was not only looked at.
    """
    if as_json:
        write_json(report)
    else:
        _show_plan(report, wrote=wrote)
    options = report.options
    if (options.by, options.min_words) != (usual.by, usual.min_words):
        say(
            "so that audioset check looks for the same, write under [split] in audioset.toml: "
            f'by = "{",".join(options.by)}", min_words = {options.min_words}'
        )


def _show_plan(report: "SplitReport", *, wrote: bool) -> None:
    certificate = report.certificate
    show_splits(certificate)
    _show_left_out(report)
    show_leaks(certificate)
    say_held_as_one(certificate)
    if not certificate.is_clean:
        leaking = count(certificate.num_leaking, "clip")
        say(
            f"{leaking} that were put into their splits before leak: decide or reject them by hand "
            "(audioset decide), or divide all clips again with --anew"
        )
    whole = sum(total.length_seconds for total in certificate.splits)
    write_line(
        f"kept {_share(report.kept_seconds, whole)} of the length; whole speakers at random, and "
        f"what leaks dropped, would keep {_share(report.dropping_seconds, whole)}"
    )
    write_line(tell_verdict(certificate))
    _say_more(report)
    if report.num_decisions:
        say(f"{count(report.num_decisions, 'decision')} recorded; audioset publish takes them up")
    elif not report.changes:
        say("nothing to change")
    elif not wrote:
        say(f"nothing was changed; --yes records {count(len(report.changes), 'decision')}")


def _show_left_out(report: "SplitReport") -> None:
    if not report.left_out:
        return
    rows = [
        (clip.clip_id, ", ".join(clip.splits), ", ".join(clip.kinds))
        for clip in report.left_out[:_LEFT_OUT_SHOWN]
    ]
    show(make_table(["no split: would leak", "~to", "~by"], rows), "")
    if len(report.left_out) > _LEFT_OUT_SHOWN:
        say(f"{len(report.left_out) - _LEFT_OUT_SHOWN:,} more get no split; --json gives all")


def _say_more(report: "SplitReport") -> None:
    """Tell who put the clips where, and what keeps the shares from being met."""
    seed = f" (seed {report.options.seed})" if report.num_new else ""
    say(
        f"{report.num_new:,} newly placed{seed}, {report.num_kept:,} stay, "
        f"{report.num_by_people:,} by people, {len(report.left_out):,} without a split"
    )
    if report.num_withdrawn:
        say(f"{count(report.num_withdrawn, 'clip')} not divided: withdrawn (audioset forget)")
    if report.largest_joined_by is not None:
        say(
            f"{report.largest_group_share:.0%} of the length hang together, mostly by "
            f"{report.largest_joined_by}: the shares cannot be met; --by without "
            f"{report.largest_joined_by} would divide them"
        )
        if report.largest_example:
            say(f"joined by {report.largest_joined_by}: {report.largest_example}")
    if report.alike:
        pairs = some_of([f"{one} and {other}" for one, other in report.alike], _PAIRS_SHOWN)
        say(f"kept together, as they sound like one voice: {pairs}")
        say("listen to them: audioset check --rule same_voice")
    empty = [t.name for t in report.certificate.splits if t.wanted_share and not t.num_clips]
    if empty:
        say(
            f"{' and '.join(map(str, empty))} stays empty: there are only "
            f"{count(report.certificate.num_groups, 'group')} of clips; another --seed may do"
        )
    say_without_audio(report.certificate.num_without_audio)


def _share(seconds: float, whole: float) -> str:
    return f"{seconds / whole:.1%}" if whole else "0.0%"
