"""What becomes of false starts, of lines said again later, and of other people's words.

    python benchmarks/align_false_starts.py [--only digits] [--prompts FOLDER] [--details]

A false start is *silent* when it became a take, with the whole text of its line, that carries no
flag which says that words lack. A take that holds a false start and the whole line behind it is
*swallowed*. Prompts in more languages are of unpacked Debian packages (asterisk-core-sounds-fr-wav,
-es-wav, -it-wav, -ru-wav: `apt-get download`, `dpkg-deb -x PACKAGE FOLDER`).
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from align_retake_sets import FALSE_START, RETAKE, TAKE, Heard, Session, sessions
from align_truth import RATE
from measuring import Counts, heading, table, tell

from audioset.hearing.align.again import align_again, doubtful_stretches, may_hear_again
from audioset.hearing.align.align import align_lines
from audioset.hearing.align.ear.sound import Sound16k
from audioset.records.line_options import AUTO, AlignOptions
from audioset.records.lines import Alignment, LineSpan, flag_name, lacking_flag

LACKS = "words_missing"
_COVERED, _NEAR_SECONDS, _BAD_SECONDS = 0.5, 0.25, 0.5


@dataclass(frozen=True, slots=True)
class Count(Counts):
    """What became of what is heard; to be added up."""

    false_starts: int = 0
    no_takes: int = 0  # of the false starts
    told: int = 0
    other_flag: int = 0
    silent: int = 0
    swallowed: int = 0
    words_right: int = 0  # of those told: the words that lack are named
    words_known: int = 0
    takes: int = 0
    found: int = 0
    flagged: int = 0
    doubted: int = 0
    retakes: int = 0
    retakes_found: int = 0
    foreign: int = 0
    foreign_taken: int = 0
    foreign_silent: int = 0
    spans: int = 0
    bad: int = 0
    bad_silent: int = 0


def align(session: Session, aligner: str) -> tuple[Alignment, float]:
    """Give what was found, and the CPU seconds for a minute of sound."""
    blocks = np.split(session.samples, range(RATE, session.samples.size, RATE))
    options = AlignOptions(aligner=aligner, voice=session.voice)
    begun = time.process_time()
    found = align_lines(Sound16k(blocks), session.lines, options)
    stretches = doubtful_stretches(found, session.lines) if aligner == AUTO else ()
    if stretches and may_hear_again(session.voice):
        found = align_again(found, Sound16k(blocks), session.lines, options, stretches)
    return found, (time.process_time() - begun) / (session.samples.size / RATE / 60)


def count(session: Session, found: Alignment) -> Count:
    bad = [span for span in found.spans if not _is_right(span, session)]
    total = Count(
        spans=len(found.spans), bad=len(bad), bad_silent=sum(not span.flags for span in bad)
    )
    for heard in session.heard:
        spans = [span for span in found.spans if _covers(span, heard)]
        if heard.kind == FALSE_START:
            total += _of_false_start(heard, spans, session)
        elif heard.kind in (TAKE, RETAKE):
            exact = [span for span in spans if span.line == heard.said.line and _is_at(span, heard)]
            kinds = {
                "takes": 1,
                "found": len(exact[:1]),
                "flagged": sum(bool(span.flags) for span in exact[:1]),
                "doubted": sum(_is_told(span) for span in exact[:1]),
            }
            if heard.kind == RETAKE:
                kinds = {"retakes": 1, "retakes_found": len(exact[:1])}
            total += Count(**kinds)
        else:
            total += Count(
                foreign=1,
                foreign_taken=len(spans[:1]),
                foreign_silent=sum(not span.flags for span in spans[:1]),
            )
    return total


def _is_right(span: LineSpan, session: Session) -> bool:
    """Tell whether a take is one, or says that it is none."""
    return _is_told(span) or any(
        h.said.line == span.line and h.kind in (TAKE, RETAKE) and _is_at(span, h, _BAD_SECONDS)
        for h in session.heard
    )


def _of_false_start(heard: Heard, spans: Sequence[LineSpan], session: Session) -> Count:
    if not spans:
        return Count(false_starts=1, no_takes=1)
    span = spans[0]
    others = [h for h in session.heard if h.kind in (TAKE, RETAKE) and _covers(span, h)]
    return Count(
        false_starts=1,
        told=_is_told(span),
        other_flag=bool(span.flags) and not _is_told(span),
        silent=not span.flags,
        swallowed=bool(others),
        words_known=bool(heard.lacks) and _is_told(span),
        words_right=bool(heard.lacks) and lacking_flag(heard.lacks) in span.flags,
    )


def _is_told(span: LineSpan) -> bool:
    return LACKS in map(flag_name, span.flags)


def _covers(span: LineSpan, heard: Heard) -> bool:
    """Tell whether half of what is heard is in a span."""
    start, end = heard.said.start_seconds, heard.said.end_seconds
    shared = min(span.end_seconds, end) - max(span.start_seconds, start)
    return shared > _COVERED * (end - start)


def _is_at(span: LineSpan, heard: Heard, within_seconds: float = _NEAR_SECONDS) -> bool:
    return (
        max(
            abs(span.start_seconds - heard.said.start_seconds),
            abs(span.end_seconds - heard.said.end_seconds),
        )
        <= within_seconds
    )


def _row(name: str, c: Count, cpu: str) -> list[object]:
    return [
        name,
        c.false_starts,
        c.no_takes,
        c.told,
        f"{c.words_right} of {c.words_known}",
        c.other_flag,
        c.silent,
        c.swallowed,
        f"{c.found} of {c.takes}",
        c.flagged,
        c.doubted,
        f"{c.retakes_found} of {c.retakes}",
        f"{c.foreign_taken} of {c.foreign}, {c.foreign_silent} silent",
        f"{c.bad} of {c.spans}, {c.bad_silent} silent",
        cpu,
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="part of a session's name")
    parser.add_argument("--prompts", type=Path, help="folder of unpacked packages")
    parser.add_argument("--aligner", default="bootstrap", help="auto asks hama where in doubt")
    parser.add_argument("--details", action="store_true", help="list what was found of each")
    parser.add_argument("--tiny", action="store_true", help="one session: does it work?")
    given = parser.parse_args()
    if given.tiny:
        given.only = "digits_jackson"
    rows, totals = [], {True: Count(), False: Count()}
    for session in sessions(given.prompts, given.only):
        found, cpu = align(session, given.aligner)
        one = count(session, found)
        totals[session.held_out] += one
        rows.append(_row(session.name, one, f"{cpu:.2f}"))
        tell(f"{session.name}: {one}")
        if given.details:
            for heard in session.heard:
                spans = [span for span in found.spans if _covers(span, heard)]
                tell(f"  {heard.kind} {heard.said} {heard.lacks}: {spans}")
    rows.append(_row("all that is held out", totals[True], ""))
    rows.append(_row("all", totals[True] + totals[False], ""))
    head = ["session", "false starts", "no take", "told", "the right words", "another flag"]
    head += ["silent", "swallowed", "takes found", "with a flag", "told to lack words"]
    head += ["said again later, found", "other people's words taken", "bad spans", "CPU s / min"]
    print(heading(1))
    print(table(head, rows))


if __name__ == "__main__":
    main()
