"""Right and wrong transcripts in two dozen languages: what is refused, found, and wrong in silence.

    python benchmarks/align_languages.py --packages FOLDER [--only game_cs] [--kept FOLDER]
        [--part 0/2]

`--packages` is a folder in which packages of Debian are unpacked, and fetched where they are not
yet there (`language_sets.py`). Sentences are aligned without a word on their language; letters,
syllables and digits are too short to tell it, and are given theirs. Each recording is held against
its own text, that text in another order, texts of others in its language, and in another language.
`--kept` keeps what was found; `--part 0/2` does one half, for another process to do the other.
"""

import argparse
import hashlib
import json
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from align_sets import aesop, digits, lj, makers, sonnet, three_takes
from align_truth import RATE, Recording, Said
from language_sets import Spoken, spoken, unpacked
from measuring import heading, scratch, table, tell

from audioset.curation.cut.lines.choose import why_not
from audioset.hearing.align.align import align_lines
from audioset.hearing.align.ear.sound import Sound16k
from audioset.records.line_options import AlignOptions
from audioset.records.line_report import LineReport
from audioset.records.lines import Line, LineSpan

_OTHERS = 2  # texts of other recordings in the same language
_LEAST_SHARED = 0.5  # of what span and take cover together
RIGHT, ORDER, TEXT, LANGUAGE = "right", "order", "text", "language"


def all_recordings(packages: Path, only: str) -> Iterator[Spoken]:
    for make in (lj, aesop, sonnet, three_takes, lambda: digits("george", varied=False)):
        if only in "english":
            yield of_english(make())
    for name in ("libri", "lj_noise10", "lj_extra", "libri_missing"):
        if only in "english":
            yield of_english(makers()[name]())
    yield from spoken(unpacked(packages), only)


def of_english(recording: Recording) -> Spoken:
    return Spoken(
        name=f"english_{recording.name}",
        language="en",
        samples=recording.samples,
        texts=tuple(line.text for line in recording.lines),
        said=recording.said,
    )


def tasks(each: Spoken, texts: dict[str, dict[str, tuple[str, ...]]]) -> Iterator[tuple]:
    """Give kind and lines of what a recording is held against."""
    chance = random.Random(each.name)
    yield RIGHT, each.texts
    moved = list(each.texts)
    chance.shuffle(moved)
    yield ORDER, tuple(moved)
    family = each.name.partition("_")[0]
    mine = set(each.texts)
    others = [
        lines
        for name, lines in texts.get(each.language, {}).items()
        if name.partition("_")[0] == family and not mine & set(lines)
    ]
    for lines in chance.sample(others, min(_OTHERS, len(others))):
        yield TEXT, lines[: len(each.texts)]
    if family in ("game", "poem"):
        foreign = sorted(set(texts) - {each.language} - {"en"})
        lines = [
            some
            for language in foreign
            for name, some in sorted(texts[language].items())
            if name.startswith(("game", "poem"))
        ]
        yield LANGUAGE, chance.choice(lines)[: len(each.texts)] if lines else ()


def measure(each: Spoken, kind: str, texts: Sequence[str]) -> dict:
    is_short = each.name.startswith(("alphabet", "syllables", "digits"))
    lines = [Line(number=number, text=text) for number, text in enumerate(texts, 1)]
    blocks = (each.samples[at : at + RATE] for at in range(0, each.samples.size, RATE))
    options = AlignOptions(language=each.language if is_short else None)
    begun = time.process_time()
    found = align_lines(Sound16k(blocks), lines, options)
    cpu_seconds = time.process_time() - begun
    report = LineReport(transcript="lines.txt", lines=tuple(lines), alignment=found)
    said = said_as(texts, each)
    right = [span for span in found.spans if is_right(span, said)]
    wrong = [span for span in found.spans if not is_right(span, said)]
    named = {span.line for span in found.spans} | set(found.missing)
    return {
        "name": each.name,
        "language": each.language,
        "kind": kind,
        "minutes": each.samples.size / RATE / 60,
        "cpu_seconds": cpu_seconds,
        "refused": why_not(report),
        "doubt": found.doubt,
        "credit": found.credit,
        "voice": found.spoken.voice if found.spoken else None,
        "timed": bool(each.said),
        "takes": len(each.said),
        "found": len({span.line for span in right}),
        "spans": len(found.spans),
        "flagged": sum(bool(span.flags) for span in found.spans),
        "wrong": len(wrong),
        "silent": sum(not span.flags for span in wrong),
        "lost": len({take.line for take in said if take.line} - named),
    }


def said_as(texts: Sequence[str], each: Spoken) -> list[Said]:
    """Give where lines are said in a recording: in another order they have other numbers."""
    if tuple(texts) == each.texts:
        return list(each.said)
    numbers = defaultdict[str, list[int]](list)
    for number, text in enumerate(texts, 1):
        numbers[text].append(number)
    return [
        replace(said, line=number)
        for said in each.said
        if said.line
        for number in numbers[each.texts[said.line - 1]]
    ]


def is_right(span: LineSpan, said: Sequence[Said]) -> bool:
    """Tell whether a span is a take of its line: most of what both cover."""
    return any(
        min(span.end_seconds, take.end_seconds) - max(span.start_seconds, take.start_seconds)
        > _LEAST_SHARED
        * (max(span.end_seconds, take.end_seconds) - min(span.start_seconds, take.start_seconds))
        for take in said
        if take.line == span.line
    )


def right_table(rows: Sequence[dict]) -> str:
    cells = []
    for group in dict.fromkeys(group_of(row) for row in rows):
        some = [row for row in rows if group_of(row) == group and row["kind"] == RIGHT]
        cut = [row for row in some if row["refused"] is None]
        timed = [row for row in cut if row["timed"]]
        cells.append(
            [
                *group,
                len(some),
                len(some) - len(cut),
                f"{_sum(timed, 'found')} of {_sum(timed, 'takes')}",
                _sum(timed, "wrong"),
                _sum(timed, "silent"),
                _sum(timed, "lost"),
                f"{100 * _sum(cut, 'flagged') / max(1, _sum(cut, 'spans')):.0f} %",
                f"{_sum(some, 'cpu_seconds') / sum(row['minutes'] for row in some):.2f}",
            ]
        )
    return table(
        [
            "recordings",
            "language",
            "right transcripts",
            "refused",
            "found in those cut",
            "wrong text",
            "of these silent",
            "lost in silence",
            "takes with a flag",
            "CPU s per minute",
        ],
        cells,
    )


def wrong_table(rows: Sequence[dict]) -> str:
    cells = []
    for family in dict.fromkeys(group_of(row)[0] for row in rows):
        for kind in (ORDER, TEXT, LANGUAGE):
            some = [row for row in rows if row["kind"] == kind and group_of(row)[0] == family]
            if some:
                told = sum(row["doubt"] == kind for row in some)
                accepted = sum(row["refused"] is None for row in some)
                cells.append([family, kind, len(some), accepted, told])
    return table(["recordings", "wrong in", "transcripts", "accepted", "reason told"], cells)


def group_of(row: dict) -> tuple[str, str]:
    return row["name"].partition("_")[0], row["language"]


def _sum(rows: Sequence[dict], key: str) -> float:
    total = sum(row[key] for row in rows)
    return round(total, 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packages", type=Path, help="folder of unpacked packages")
    parser.add_argument("--only", default="", help="beginning of names of recordings")
    parser.add_argument("--kept", type=Path, help="folder to keep results in")
    parser.add_argument("--part", default="0/1", help="which part of how many")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    if given.packages is None and not given.tiny:
        parser.error("--packages names the folder that packages are unpacked in")
    part, parts = (int(number) for number in given.part.split("/"))
    tiny = [of_english(lj())] if given.tiny else None
    recordings = tiny or list(all_recordings(given.packages, given.only))
    texts: dict[str, dict[str, tuple[str, ...]]] = {}
    for each in recordings:
        texts.setdefault(each.language, {})[each.name] = each.texts
    rows = []
    with scratch(given.kept) as folder:
        for number, each in enumerate(recordings):
            for kind, lines in tasks(each, texts):
                key = hashlib.sha256(json.dumps([each.name, kind, lines]).encode()).hexdigest()
                kept = folder / f"{each.name}-{kind}-{key[:8]}.json"
                if not kept.exists() and lines and number % parts == part:
                    kept.write_text(json.dumps(measure(each, kind, lines)), "utf-8")
                if kept.exists():
                    rows.append(json.loads(kept.read_text("utf-8")))
                    tell(f"{each.name} {kind}: {rows[-1]['refused'] or 'accepted'}")
    print(heading(1) + "\n\n" + right_table(rows) + "\n\n" + wrong_table(rows))


if __name__ == "__main__":
    main()
