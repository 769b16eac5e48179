"""What a second opinion is worth: texts that are wrong and caught, and right ones that are doubted.

    python benchmarks/align_second_opinion.py [--model whisper] [--only libri]

The lines are found by the bootstrap aligner, and the model hears each take. The wrong lines are
also put where they are said, as an aligner would that guesses: would the model catch them there?
"""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from align_sets import makers
from align_trained import part
from align_truth import RATE, Recording
from measuring import Counts, heading, table, tell
from scipy.io import wavfile

from audioset.curation.cut.lines.second_opinion import with_second_opinion
from audioset.hearing.align.align import align_lines
from audioset.hearing.align.ear.sound import Sound16k
from audioset.records.line_options import AlignOptions, TranscriptOptions
from audioset.records.line_report import LineReport
from audioset.records.lines import Alignment, LineSpan

SETS = (
    "lj_wrongtext",
    "aesop_wrongtext",
    "libri_wrongtext",
    "sonnet",
    "three_takes",
    "digits_lucas",
    "digits_theo",
)
FLAG = "heard_otherwise"


@dataclass(frozen=True, slots=True)
class Worth(Counts):
    """Counts of one recording, or of several."""

    wrong_lines: int = 0
    placed: int = 0
    placed_flagged: int = 0
    placed_caught: int = 0
    put_there: int = 0
    put_caught: int = 0
    right: int = 0
    right_flagged: int = 0
    right_doubted: int = 0
    right_newly_flagged: int = 0


def measure(recording: Recording, model: str) -> Worth:
    blocks = np.split(recording.samples, range(RATE, recording.samples.size, RATE))
    options = AlignOptions(aligner="bootstrap", voice=recording.voice)
    found = asked(recording, align_lines(Sound16k(blocks), recording.lines, options), model)
    put = [
        LineSpan(
            line=said.line,
            take=1,
            start_seconds=said.start_seconds,
            end_seconds=said.end_seconds,
            score=0.5,
        )
        for said in recording.said
        if said.line in recording.wrong
    ]
    there = replace(found, spans=tuple(put), missing=(), unexplained=())
    there = asked(recording, there, model) if put else there
    wrong = [span for span in found.spans if span.line in recording.wrong]
    right = [span for span in found.spans if span.line not in recording.wrong]
    return Worth(
        len(recording.wrong),
        len(wrong),
        sum(others(span) for span in wrong),
        sum(FLAG in span.flags for span in wrong),
        len(put),
        sum(FLAG in span.flags for span in there.spans),
        len(right),
        sum(others(span) for span in right),
        sum(FLAG in span.flags for span in right),
        sum(span.flags == (FLAG,) for span in right),
    )


def others(span: LineSpan) -> bool:
    """Say whether a span has a flag without the second opinion."""
    return bool(set(span.flags) - {FLAG})


def asked(recording: Recording, found: Alignment, model: str) -> Alignment:
    """Give what was found with the second opinion on it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.wav"
        wavfile.write(path, RATE, recording.samples.astype(np.float32))
        report = LineReport(transcript="lines.txt", lines=recording.lines, alignment=found)
        wish = TranscriptOptions(voice=recording.voice, second_opinion=model)
        return with_second_opinion(path, report, wish).alignment


def cells(worth: Worth) -> Sequence[object]:
    return (
        worth.wrong_lines,
        worth.placed,
        worth.placed_flagged,
        worth.placed_caught,
        f"{worth.put_caught} of {worth.put_there}",
        worth.right,
        worth.right_flagged,
        worth.right_doubted,
        worth.right_newly_flagged,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="whisper", help="a transcriber")
    parser.add_argument("--only", default="", help="part of a recording's name")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    rows, total = [], Worth()
    for name in ("lj",) if given.tiny else SETS:
        if given.only in name:
            recording = makers()[name]()
            worth = measure(part(recording, 1, 1) if given.tiny else recording, given.model)
            rows.append([name, *cells(worth)])
            total += worth
            tell(f"{rows[-1]}")
    print(heading(1))
    print(
        table(
            [
                "recording",
                "lines with a wrong text",
                "placed all the same",
                "with another flag",
                "heard otherwise",
                "put where they are said: heard otherwise",
                "takes with right texts",
                "with another flag",
                "heard otherwise",
                "with no other flag",
            ],
            [*rows, ["**all**", *cells(total)]],
        )
    )


if __name__ == "__main__":
    main()
