"""`audioset describe` in a terminal: numbers, tables and a histogram made of blocks."""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json, write_line
from audioset.cli.screens.parts import MOST_ROWS, describe_pairs
from audioset.cli.text import clean
from audioset.wording import NOT_GIVEN, count, format_hms

if TYPE_CHECKING:
    from audioset.records.description import Description, FactTotal, GroupTotal

_ROWS_SHOWN = 15
_BAR_WIDTH = 40
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def show_description(
    description: "Description", *, plot: Path | None, show_all: bool, as_json: bool
) -> None:
    """Show a description as text or as JSON."""
    if as_json:
        write_json(description.to_json_dict())
    else:
        _show_numbers(description, show_all)
    if plot is not None:
        say(f"drawn to {plot}")


def _show_numbers(description: "Description", show_all: bool) -> None:
    for line in _summary(description):
        write_line(line)
    if not description.num_clips:
        return
    if description.by:  # what was asked for, and nothing else
        _show_groups(description.by, description.groups, show_all)
        return
    write_line("")
    for line in (*_statistics(description), "", *_histogram(description)):
        write_line(line)
    for title, totals in (
        ("speaker", description.speakers),
        ("split", description.splits),
        ("source", description.sources),
    ):
        _show_totals(title, totals, description.total_seconds, show_all)
    _show_quality(description)
    _show_agreement(description)


def _summary(description: "Description") -> Iterable[str]:
    total = description.total_seconds
    clips = count(description.num_clips, "clip")
    yield f"{description.name}: {clips}, {format_hms(total)} ({total:,.2f} s)"
    share = description.num_with_text / max(1, description.num_clips)
    writers = ", ".join(f"{name} {clips:,}" for name, clips in description.text_sources.items())
    yield f"with text: {description.num_with_text:,} ({share:.0%})" + (
        f": {writers}" if writers else ""
    )
    for errors in description.text_errors:
        yield (
            f"{errors.model} against {count(errors.num_clips, 'text')} by people: "
            f"{errors.word_error_rate:.1%} of words wrong, "
            f"{errors.character_error_rate:.1%} of characters"
        )
    if description.num_accepted or description.num_unsure or description.num_rejected:
        yield f"reviewed: {description.num_accepted:,} accepted, {_not_accepted(description)}"
    if description.num_withdrawn:
        yield (
            f"withdrawn: {description.num_withdrawn:,} (not counted anywhere else; "
            "audioset publish leaves them out)"
        )
    if description.goal_seconds is not None and description.goal_share is not None:
        yield (
            f"goal: {make_bar(min(1.0, description.goal_share), 30, filled_to_end=True)} "
            f"{math.floor(100 * description.goal_share)}% of {format_hms(description.goal_seconds)}"
            + _missing(description)
        )


def _not_accepted(description: "Description") -> str:
    length = format_hms(description.rejected_seconds)
    unsure = f"{description.num_unsure:,} unsure, " * bool(description.num_unsure)
    return (
        f"{unsure}{description.num_unjudged:,} not judged, {description.num_rejected:,} rejected "
        f"({length}, not counted anywhere else)"
    )


def _missing(description: "Description") -> str:
    missing = (description.goal_seconds or 0) - description.total_seconds
    return f", {format_hms(math.ceil(missing))} to go" if missing > 0 else ", reached"


def _statistics(description: "Description") -> Iterable[str]:
    """Give the block that pandas prints for `length_seconds`, always with six decimals."""
    rows = {name: f"{value:.6f}" for name, value in description.lengths.rows().items()}
    width = max(len(text) for text in rows.values())
    yield "length_seconds"
    for name, text in rows.items():
        yield f"{name:<5}    {text.replace('nan', 'NaN'):>{width}}"


def _histogram(description: "Description") -> Iterable[str]:
    edges, counts = description.histogram.edges, description.histogram.counts
    decimals = max(0, -math.floor(math.log10(edges[1] - edges[0]) + 1e-9))
    labels = [f"{edge:.{decimals}f}" for edge in edges]
    width, most = len(labels[-1]), max(counts)
    bins = list(zip(pairwise(labels), counts, strict=True))
    first = next(place for place, clips in enumerate(counts) if clips)
    for (start, end), clips in bins[first:]:  # no empty lines before the shortest clip
        bar = make_bar(clips / most, _BAR_WIDTH)
        yield f"{start:>{width}} to {end:>{width}} s {bar} {clips:,}"


def make_bar(share: float, width: int, *, filled_to_end: bool = False) -> str:
    """Draw a share from 0 to 1 with blocks of an eighth of a character.

    A share above 0 shows at least the thinnest block, so that a single clip is seen.
    """
    eighths = max(round(share * width * 8), 1 if share > 0 else 0)
    full, rest = divmod(eighths, 8)
    bar = _EIGHTHS[8] * full + (_EIGHTHS[rest] if rest else "")
    return bar.ljust(width, "░" if filled_to_end else " ")


def _show_totals(
    title: str, totals: Sequence["GroupTotal"], all_seconds: float, show_all: bool
) -> None:
    if not totals or (len(totals) == 1 and totals[0].name is None):
        return
    rows = [
        _total_row(clean(total.name) if total.name is not None else NOT_GIVEN, [total], all_seconds)
        for total in totals[: None if show_all else _ROWS_SHOWN]
    ]
    rest = totals[len(rows) :]
    if rest:
        rows.append(_total_row(f"({len(rest):,} more: --all)", rest, all_seconds))
    show("", make_table([f"~{title}", ">clips", ">length", ">seconds", ">share"], rows))


def _show_groups(by: Sequence[str], groups: Sequence["FactTotal"], show_all: bool) -> None:
    """Show how many clips say what; the rest of a long list is one row."""
    rows = [
        (*(_value(group.values[name]) for name in by), *_sums([group]))
        for group in groups[: None if show_all else MOST_ROWS]
    ]
    rest = groups[len(rows) :]
    if rest:
        more = f"({len(rest):,} more: --all)"
        rows.append((more, *[""] * (len(by) - 1), *_sums(rest)))
    show("", make_table([*(f"~{name}" for name in by), ">clips", ">length", ">share"], rows))


def _value(value: str | None) -> str:
    """Give a value as it is; in quotes where blanks at its ends make it another one."""
    if value is None:
        return NOT_GIVEN
    return clean(value) if value == value.strip() else repr(value)


def _sums(groups: Sequence["FactTotal"]) -> tuple[str, str, str]:
    return (
        f"{sum(group.num_clips for group in groups):,}",
        format_hms(math.fsum(group.length_seconds for group in groups)),
        f"{math.fsum(group.share for group in groups):.1%}",
    )


def _total_row(name: str, totals: Sequence["GroupTotal"], all_seconds: float) -> tuple[str, ...]:
    clips = sum(total.num_clips for total in totals)
    seconds = math.fsum(total.length_seconds for total in totals)
    share = seconds / all_seconds if all_seconds else 0.0
    return name, f"{clips:,}", format_hms(seconds), f"{seconds:,.2f}", f"{share:.1%}"


def _show_quality(description: "Description") -> None:
    rows = [quality.cells() for quality in description.quality if quality.count]
    if rows:
        show("", make_table(["quality", ">clips", ">min", ">mean", ">max"], rows))


def _show_agreement(description: "Description") -> None:
    """Show how alike people judge, where several have judged the same."""
    if not description.agreement:
        return
    write_line("")
    for line in describe_pairs(description.agreement):
        write_line(line)
    if description.num_disagreements:
        fields = count(description.num_disagreements, "field")
        write_line(f"{fields} to settle: audioset agreement lists them")
