"""What `audioset cut` shows of the lines of a transcript."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from audioset.cli.render import make_table, say, show, write_line
from audioset.wording import count, some_of

if TYPE_CHECKING:
    from audioset.curation.cut import CutReport, SourceReport
    from audioset.records.line_report import LineReport
    from audioset.records.lines import Line, LineSpan
    from audioset.records.lost_speech import Mending

_LINES_SHOWN = 40
_STRETCHES_SHOWN = 8
_LONGEST_SHOWN = 3
_LONG_SECONDS = 2.0  # of speech in no line: told also where no take lacks


def as_values(source: "SourceReport") -> dict[str, Any]:
    """Give a report of a source for JSON, with counts where it was cut by lines."""
    values = {field.name: getattr(source, field.name) for field in fields(source)}
    left = source.left_behind
    values["left_behind"] = {
        "num_decisions": left.num_decisions,
        "num_texts": left.num_texts,
        "kinds": left.kinds,
    }
    values["cut_by"] = None if source.way is None else str(source.way)
    if source.lines is not None:
        values["line_counts"] = source.lines.counts()
        values["mendings"] = _mendings(source)
    return values


def _mendings(source: "SourceReport") -> "tuple[Mending, ...]":
    """Give what to type for speech in no line; nothing where people may have done so already."""
    from audioset.records.lost_speech import mend

    if source.status != "cut" or source.lines is None or source.source is None:
        return ()
    return mend(source.lines, source.source.source_id)


def show_mendings(source: "SourceReport") -> None:
    """Show a command for each stretch in no line, of many the longest, where one may be meant."""
    if source.lines is None or not _loses(source.lines):
        return
    mendings = _mendings(source)
    longest = sorted(mendings, key=lambda each: each.start_seconds - each.end_seconds)
    shown = [each for each in mendings if each in longest[:_STRETCHES_SHOWN]]
    if shown:
        write_line("hear what is in no line, then paste what is meant:")
    for each in shown:
        write_line(f"  at {format_clock(each.start_seconds)}: {each.why}")
        write_line(f"    {each.command}")
    if len(mendings) > len(shown):
        write_line(f"and {len(mendings) - len(shown):,} more; all of them: --report, --json")


def show_lines(report: "LineReport", source: str) -> None:
    """Show each line with its takes and what to look at; of many lines the doubtful only."""
    rows = list(_rows(report))
    title = f"{report.transcript} in {source}"
    if len(rows) > _LINES_SHOWN:
        rows = [row for row in rows if row[-1]]
        title += f": {count(len(rows), 'line')} to look at"
    if rows:
        columns = [">line", ">takes", ">best", "~text", "~look at"]
        if not any(row[-1] for row in rows):
            rows, columns = [row[:-1] for row in rows], columns[:-1]
        show(make_table(columns, rows[:_LINES_SHOWN], title=title), "")
    if len(rows) > _LINES_SHOWN:
        write_line(f"and {len(rows) - _LINES_SHOWN} more; all of them: --report, --json")
    _write_counts(report)


def _rows(report: "LineReport") -> Iterator[tuple[str, ...]]:
    for line in report.lines:
        spans = report.spans_of.get(line.number, [])
        best = next((str(span.take) for span in spans if span.best), "")
        takes = str(len(spans))
        if line.takes not in (None, len(spans)):
            takes += f" of {line.takes}"
        text = line.text if line.speaker is None else f"{line.speaker}: {line.text}"
        yield str(line.number), takes, best, text, _look_at(line, spans)


def _look_at(line: "Line", spans: Sequence["LineSpan"]) -> str:
    from audioset.records.lines import flag_meaning, lacks_words

    if not spans:
        return "NOT FOUND"
    takes_of: dict[str, list[int]] = {}
    for span in spans:
        for flag in span.flags:
            takes_of.setdefault(flag, []).append(span.take)
    words = [_of_takes(takes, len(spans)) + flag_meaning(flag) for flag, takes in takes_of.items()]
    whole = sum(not lacks_words(span.flags) for span in spans)
    if line.takes and whole < line.takes:
        words.insert(0, count(line.takes - whole, "take") + " missing")
    return "; ".join(words)


def _of_takes(takes: Sequence[int], count: int) -> str:
    if count == 1:
        return ""
    if len(takes) == count:
        return "every take: "
    return f"take{'s' if len(takes) > 1 else ''} {', '.join(str(take) for take in takes)}: "


def _write_counts(report: "LineReport") -> None:
    colours, missing = report.colours, report.alignment.missing
    if report.said_in_words:
        write_line(report.said_in_words)
    if report.heard_again_in_words:
        write_line(report.heard_again_in_words)
    if report.doubt_in_words:
        write_line(report.doubt_in_words)
    write_line(
        f"{report.num_found:,} of {count(len(report.lines), 'line')} found, "
        f"{count(len(report.alignment.spans), 'take')}: {colours['green']:,} green, "
        f"{colours['yellow']:,} yellow (one flag), {colours['red']:,} red (two flags or more)"
    )
    if missing:
        write_line(f"not found: {count(len(missing), 'line')}, {some_of(missing, _LINES_SHOWN)}")
    if report.short:
        write_line(f"fewer takes than asked for: {some_of(report.short, _STRETCHES_SHOWN)}")
    stretches = report.longest_in_no_line
    if stretches:
        seconds = sum(end - start for start, end in stretches)
        places = [f"{format_clock(start)} to {format_clock(end)}" for start, end in stretches]
        longest = ", the longest" if len(stretches) > 1 else ""
        write_line(
            f"speech in no line: {seconds:.1f} s in {_stretches(len(stretches))}{longest} at "
            + some_of(places, _STRETCHES_SHOWN)
        )


def say_lost(cut: "CutReport") -> None:
    """Say of all sources together where speech is in no line, though takes lack or it is long."""
    found = [
        (source.lines, source.path.rpartition("/")[2])
        for source in cut.sources
        if source.status == "cut" and source.lines is not None and _loses(source.lines)
    ]
    if not found:
        return
    stretches = [(part, name) for lines, name in found for part in lines.in_no_line]
    stretches.sort(key=lambda each: each[0][0] - each[0][1])
    places = [
        f"{format_clock(start)} to {format_clock(end)} of {name}"
        for (start, end), name in stretches[:_LONGEST_SHOWN]
    ]
    lacking = sum(lines.num_lacking for lines, _ in found)
    lack = f", while {count(lacking, 'take')} lack{'s' if lacking == 1 else ''}" if lacking else ""
    say(
        f"audioset: {_stretches(len(stretches))} of speech, or as loud, got no line in "
        f"{count(len(found), 'source')}{lack}; the longest: {', '.join(places)}"
    )
    say(
        "hear them in audioset review, where v shows the whole source and c makes a clip of a "
        "stretch; or paste the commands that stand below the lines of each source"
    )


def _stretches(number: int) -> str:
    return f"{number:,} stretch{'' if number == 1 else 'es'}"


def _loses(lines: "LineReport") -> bool:
    stretches = lines.longest_in_no_line
    return bool(stretches) and (
        lines.num_lacking > 0 or stretches[0][1] - stretches[0][0] >= _LONG_SECONDS
    )


def format_clock(seconds: float) -> str:
    """Write a place in a recording as m:ss.s."""
    tenths = round(10 * seconds)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"
