"""What `audioset remove` shows."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from audioset.cli.render import fields_of, make_table, say, show, write_json
from audioset.wording import count, format_hms, some_of

if TYPE_CHECKING:
    from audioset.records.removal_report import RemovalReport, SourceRemoval

_SOURCES_SHOWN = 20
_CLIPS_NAMED = 3
_FIELDS = {"accepted": "accept or reject"}  # as a person decides them


def show_removal(report: "RemovalReport", *, as_json: bool) -> None:
    """Show what goes or comes back, what becomes of it, and what to do next."""
    if as_json:
        totals = {"num_clips": report.num_clips, "length_seconds": report.length_seconds}
        write_json({**fields_of(report), **totals, "decisions": report.decisions})
    else:
        _show_sources(report.sources)
        _show_sources(report.let_go, title="removed, and let go by a publish")
    kept = [source for source in report.sources if source.is_kept]
    if kept:
        _say_totals(report)
    if not report.undo:
        _say_versions(report)
        _say_gone(report)
    else:
        _say_back(report, is_any_kept=bool(kept))


def _show_sources(sources: "Sequence[SourceRemoval]", *, title: str | None = None) -> None:
    if not sources:
        return
    rows = [
        (
            source.source_name,
            _what(source),
            f"{source.num_clips:,}",
            format_hms(source.length_seconds),
            f"{source.num_texts:,}",
            _told(source.decisions),
        )
        for source in sources[:_SOURCES_SHOWN]
    ]
    columns = ["~source", "~what", ">clips", ">length", ">texts", "~decisions"]
    show(make_table(columns, rows, title=title), "")
    if len(sources) > _SOURCES_SHOWN:
        say(f"and {len(sources) - _SOURCES_SHOWN:,} more sources; --json names all")


def _what(source: "SourceRemoval") -> str:
    if source.is_whole:
        return "all of it"
    short = [clip_id.removeprefix(f"{source.source_id}-") for clip_id in source.clip_ids]
    return some_of(short, _CLIPS_NAMED)


def _told(decisions: Mapping[str, int]) -> str:
    return ", ".join(f"{_FIELDS.get(name, name)} {number:,}" for name, number in decisions.items())


def _say_totals(report: "RemovalReport") -> None:
    verb = {
        (False, False): "would leave the workspace",
        (False, True): "removed from the workspace",
        (True, False): "would come back",
        (True, True): "back in the workspace",
    }[report.undo, report.done]
    decided = sum(report.decisions.values())
    say(
        f"{count(report.num_clips, 'clip')}, {format_hms(report.length_seconds)}, of "
        f"{count(len(report.sources), 'source')} {verb}: {count(report.num_texts, 'text')}, "
        f"{count(decided, 'decision')} of people"
        + (f" ({_told(report.decisions)})" * bool(decided))
    )


def _say_versions(report: "RemovalReport") -> None:
    if report.versions_error is not None:
        say(f"audioset: which versions hold them is not known: {report.versions_error}")
    elif report.versions:
        held = ", ".join(f"{each.ref} ({each.num_clips:,})" for each in report.versions)
        say(f"these versions hold some of them, and keep them: {held}")
    else:
        say("no version holds any of them")


def _say_gone(report: "RemovalReport") -> None:
    if not report.done:
        say("nothing was changed; --yes removes them (--undo --yes brings them back)")
    else:
        say("audioset remove --undo --yes brings them back as they were, until the next publish")
    if report.versions:
        say("to withdraw recordings from all versions too: audioset forget")


def _say_back(report: "RemovalReport", *, is_any_kept: bool) -> None:
    lost = [source for source in report.sources if not source.is_kept]
    if lost:
        names = some_of([source.source_name for source in lost], _CLIPS_NAMED)
        say(
            f"{names}: let go by a publish, so it cannot come back as it was; "
            + (
                "audioset cut FILE makes it anew"
                if report.done
                else "--yes lets a cut take it again"
            )
        )
    if report.let_go:
        say("what was let go: audioset remove --undo NAME --yes lets a cut take it again")
    if not is_any_kept and not report.sources:
        say("nothing is kept aside, so nothing comes back")
    elif not report.done:
        say("nothing was changed; --yes brings them back")
