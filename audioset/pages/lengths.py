"""A Description as one PNG picture: how long the clips are, and who speaks how long."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.pages.figures import GREY, HUES, make_figure, plain, save, tidy
from audioset.records.description import Description, GroupTotal
from audioset.wording import NOT_GIVEN

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BARS = 12
_NAME_LENGTH = 24


def plot_lengths(description: Description, path: Path) -> Path:
    """Draw the histogram of `length_seconds` beside the totals per speaker, and return `path`.

    Args:
        path: of the PNG file, replaced when it exists.

    Raises:
        InvalidInputError: its name does not end with `.png`.
        StorageError: the file cannot be written.
    """
    figure = make_figure((11, 4.6))
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    _draw_lengths(left, description)
    _draw_speakers(right, description.speakers)
    figure.suptitle(_title(description), x=0.01, ha="left", fontsize=12, fontweight="bold")
    return save(figure, path, dpi=120)


def _draw_lengths(axes: "Axes", description: Description) -> None:
    edges, counts = description.histogram.edges, description.histogram.counts
    widths = [end - start for start, end in pairwise(edges)]
    axes.bar(edges[:-1], counts, widths, align="edge", color=HUES[0], edgecolor="white")
    if description.num_clips:
        median = description.lengths.q50
        axes.axvline(median, color=HUES[1], linewidth=2, label=f"median {median:.2f} s")
        axes.legend(frameon=False)
    axes.set_xlabel("length_seconds")
    axes.set_ylabel("clips")
    axes.set_xlim(edges[0], edges[-1])
    tidy(axes)


def _draw_speakers(axes: "Axes", speakers: Sequence[GroupTotal]) -> None:
    shown, rest = speakers[:_BARS], speakers[_BARS:]
    names = [_label(total.name) for total in shown]
    seconds = [total.length_seconds for total in shown]
    if rest:
        names.append(f"{len(rest)} others")
        seconds.append(sum(total.length_seconds for total in rest))
    places = range(len(names))
    bars = axes.barh(places, seconds, color=HUES[0], height=0.7)
    axes.bar_label(
        bars, [format_length(value) for value in seconds], padding=4, fontsize=9, color=GREY
    )
    axes.set_yticks(places, names)
    # Room for at least six, so that the bar of a lone speaker is not a wall.
    axes.set_ylim(max(len(names), 6) - 0.5, -0.5)
    axes.set_xlim(0, 1.2 * max(seconds, default=1.0))
    axes.xaxis.set_visible(False)
    axes.set_title("total per speaker", fontsize=10, loc="left", color=GREY)
    tidy(axes)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _title(description: Description) -> str:
    title = (
        f"{_label(description.name)}: {description.num_clips:,} clips, "
        f"{format_length(description.total_seconds)}"
    )
    if description.goal_share is None or description.goal_seconds is None:
        return title
    return f"{title}, {description.goal_share:.0%} of {format_length(description.goal_seconds)}"


def format_length(seconds: float) -> str:
    """Give a length in the unit that people would use, such as `1.8 h`, `42.1 min`, `3.5 s`."""
    for unit, unit_seconds in (("h", 3600), ("min", 60)):
        if seconds >= unit_seconds:
            return f"{seconds / unit_seconds:,.1f} {unit}"
    return f"{seconds:.1f} s"


def _label(name: str | None) -> str:
    return plain(NOT_GIVEN if name is None else name, _NAME_LENGTH)
