"""Is a line with one wrong word told, and a right one left alone?

    python benchmarks/second_opinion_words.py [--model whisper] [--only libri] [--prompts FOLDER]

Each recording is heard where its lines are said, with its lines as they are and, once more, with
the lines of `planted_words.py`. A change counts as told where a sentence about a take names the
word that is said: about the first take of the line, about any of its takes, since whoever looks at
one sees the others, and about each of them, since one is kept. The spans of the poems are those
that the aligner found; where it has a flag of its own the take may hold something else, and a right
text counts only without one. Prompts, of `prompt_sets.py`, are heard where their sounds are in
FOLDER.
"""

import argparse
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from align_sets import makers
from align_trained import part
from align_truth import RATE, Recording, Said, decode, from_rows
from measuring import Counts, heading, real_media, table, tell
from planted_words import CHANGES, Change
from prompt_sets import prompts
from scipy.io import wavfile

from audioset.curation.cut.lines.second_opinion import with_second_opinion
from audioset.hearing.align.align import align_lines
from audioset.hearing.align.ear.sound import Sound16k
from audioset.records.line_options import AlignOptions, TranscriptOptions
from audioset.records.line_report import LineReport
from audioset.records.lines import HEARD_OTHERWISE, Alignment, Line, LineSpan, flag_name
from audioset.records.sentence import normalise_sentence

CHOSEN_ON = (
    "aesop",
    "lj",
    "sonnet",
    "libri",
    "digits_george",
    "digits_jackson",
    "poems_1",
    "prompts_1",
)
HELD_OUT = (
    "moon",
    "jfk",
    "digits_lucas",
    "digits_theo",
    "digits_nicolas",
    "digits_yweweler",
    "poems_2",
    "prompts_2",
)


@dataclass(frozen=True, slots=True)
class Told(Counts):
    """Counts of one recording, or of several."""

    planted: int = 0
    told_first: int = 0
    told: int = 0
    takes: int = 0
    told_takes: int = 0
    flagged: int = 0
    right: int = 0
    doubted: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0


def recording_of(name: str, folder: Path | None) -> tuple[Recording, list[Change]]:
    """Make one of the recordings, and tell what is changed in its lines."""
    if folder is not None and name.startswith("prompts"):
        return prompts(folder, int(name[-1]) - 1)
    made, _, half = name.partition("_") if name.startswith("poems") else (name, "", "")
    changes = [change for recording, *change in CHANGES if recording == made]
    if name in ("moon", "jfk"):
        samples, text = whole(name)
        rows = [(0.0, samples.size / RATE, text)]
        return from_rows(samples, rows, name=name, kind=name, held_out=True), changes
    recording = makers()[made]()
    if half:  # each second poem
        blocks = recording.blocks[int(half) - 1 :: 2]
        recording = found_lines(replace(recording, name=name, blocks=blocks))
    return recording, changes


def whole(name: str) -> tuple[np.ndarray, str]:
    """Give the sound and the text of a speech."""
    folder = real_media() / "audio"
    if name == "jfk":
        return decode(folder / "jfk_1961.flac"), (folder / "jfk_1961.txt").read_text("utf-8")
    page = re.sub("<[^>]*>", "", (folder / "moon_speech.html").read_text("utf-8"))
    return decode(folder / "moon_speech.mp3"), " ".join(page.partition("speech:")[2].split())


def found_lines(recording: Recording) -> Recording:
    """Find the lines of blocks, and keep those whose take has no flag."""
    said = []
    for first, last, start, end in recording.blocks:
        sound = recording.samples[round(start * RATE) : round(end * RATE)]
        lines = tuple(line for line in recording.lines if first <= line.number <= last)
        blocks = np.split(sound, range(RATE, sound.size, RATE))
        options = AlignOptions(aligner="bootstrap", voice=recording.voice)
        for span in align_lines(Sound16k(blocks), lines, options).spans:
            if not span.flags:
                at = span.start_seconds + start, span.end_seconds + start
                said.append(Said(line=span.line, start_seconds=at[0], end_seconds=at[1]))
    return replace(recording, said=tuple(said))


def measure(recording: Recording, changes: Sequence[Change], model: str) -> Told:
    lines, spans, meant = list(recording.lines), [], {}
    texts = {line.number: line.text for line in lines}
    takes: dict[int, list[Said]] = {}
    for said in recording.said:
        takes.setdefault(said.line, []).append(said)
        spans.append(span_of(said, said.line))
    for number, word, other in changes:
        if number in takes:
            changed, count = re.subn(
                rf"(?<!\w){re.escape(word)}(?!\w)", other, texts[number], count=1, flags=re.I
            )
            if not count:
                raise ValueError(f"{recording.name} {number}: no {word!r} in {texts[number]!r}")
            lines.append(Line(number=len(lines) + 1, text=changed))
            meant[len(lines)] = word, other
            spans += [span_of(said, len(lines)) for said in takes[number]]
    report = LineReport(
        transcript="lines.txt",
        lines=tuple(lines),
        alignment=Alignment(
            aligner="truth",
            spans=tuple(spans),
            missing=(),
            unexplained=(),
            length_seconds=recording.length_seconds,
        ),
    )
    wish = TranscriptOptions(
        voice=recording.voice, language=recording.voice.partition("-")[0], second_opinion=model
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.wav"
        wavfile.write(path, RATE, recording.samples.astype(np.float32))
        started = time.process_time()
        heard = with_second_opinion(path, report, wish).alignment.spans
        cpu_seconds = time.process_time() - started
    return counted(recording.name, heard, lines, meant, cpu_seconds)


def span_of(said: Said, line: int) -> LineSpan:
    return LineSpan(
        line=line,
        take=1,
        start_seconds=said.start_seconds,
        end_seconds=said.end_seconds,
        score=0.5,
    )


def counted(
    name: str,
    heard: tuple[LineSpan, ...],
    lines: list[Line],
    meant: dict[int, tuple[str, str]],
    cpu_seconds: float,
) -> Told:
    total = Told(
        seconds=sum(span.end_seconds - span.start_seconds for span in heard),
        cpu_seconds=cpu_seconds,
    )
    of_lines: dict[int, list[tuple[bool, bool]]] = {}
    for span in heard:
        flags = [flag for flag in span.flags if flag_name(flag) == HEARD_OTHERWISE]
        flagged = bool(flags)
        if span.line not in meant:
            total += Told(right=1, doubted=flagged)
        else:
            told = any(names(flag, *meant[span.line]) for flag in flags)
            of_lines.setdefault(span.line, []).append((told, flagged))
        if flagged is not (span.line in meant):
            tell(f"{name} {meant.get(span.line, '')} {lines[span.line - 1].text!r}")
            tell(f"    {span.hypothesis!r} {flags}")
    for takes in of_lines.values():
        told, flagged = (any(some) for some in zip(*takes, strict=True))
        count = sum(each for each, _ in takes)
        total += Told(planted=1, told_first=takes[0][0], told=told, flagged=flagged)
        total += Told(takes=len(takes), told_takes=count)
    return total


def names(sentence: str, word: str, other: str) -> bool:
    """Say whether a sentence names the word that the line has and should not have."""
    pairs = re.findall('hears "(.*?)" where the line says "(.*?)"', sentence)
    heard, line = (" ".join(side) for side in zip(*pairs, strict=True)) if pairs else ("", "")
    changed, lost = words_of(other) - words_of(word), words_of(word) - words_of(other)
    return changed <= words_of(line) and (bool(changed) or lost <= words_of(heard))


def words_of(text: str) -> set[str]:
    """Give the words of a text; what an apostrophe divides are two."""
    return set(normalise_sentence(re.sub("['\u2019]", " ", text)).split())


def cells(told: Told) -> list[object]:
    return [
        told.planted,
        told.told_first,
        told.told,
        told.takes,
        told.told_takes,
        told.flagged,
        told.right,
        told.doubted,
        f"{60 * told.cpu_seconds / told.seconds:.0f}" if told.seconds else "-",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="whisper", help="a transcriber")
    parser.add_argument("--only", default="", help="part of a recording's name")
    parser.add_argument("--prompts", type=Path, help="folder of prompts and their texts")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    rows, seen, held_out = [], Told(), Told()
    for name in ("lj",) if given.tiny else CHOSEN_ON + HELD_OUT:
        if given.only in name and (given.prompts or not name.startswith("prompts")):
            recording, changes = recording_of(name, given.prompts)
            if given.tiny:
                recording = part(recording, 1, 1)
            told = measure(recording, changes, given.model)
            rows.append([name, *cells(told)])
            tell(f"{rows[-1]}")
            seen, held_out = (
                (seen + told, held_out) if name in CHOSEN_ON else (seen, held_out + told)
            )
    print(heading(1))
    print(
        table(
            [
                "recording",
                "lines with one word changed",
                "told by the word in the first take",
                "in any take",
                "takes of these lines",
                "told",
                "flagged",
                "right texts",
                "doubted",
                "CPU s per minute of speech",
            ],
            [*rows, ["**chosen on**", *cells(seen)], ["**held out**", *cells(held_out)]],
        )
    )


if __name__ == "__main__":
    main()
