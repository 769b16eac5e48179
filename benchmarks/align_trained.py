"""Does a trained aligner cut the next recording better? Beside the same aligner untrained.

    python benchmarks/align_trained.py

Phone models are taught with the true lines of some recordings, as if a person had confirmed them,
and then find the lines of others.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from align_scores import Score, score
from align_sets import SPEAKERS, SPEAKERS_SEEN, aesop, digits, libri, lj, sonnet
from align_truth import RATE, Recording, with_noise, with_takes_unknown
from measuring import heading, table, tell

from audioset.hearing.align.align import align_lines
from audioset.hearing.align.ear.sound import Sound16k
from audioset.hearing.align.lessons import SpokenText, learn_from
from audioset.hearing.align.voices.phone_models import PhoneModels, PhoneSums
from audioset.records.line_options import AlignOptions

_PAD_SECONDS = 0.1


def part(recording: Recording, first: int, last: int) -> Recording:
    """Take lines `first` to `last` of a recording as a recording of their own."""
    said = [span for span in recording.said if first <= span.line <= last]
    begin = round(max(0, said[0].start_seconds - 0.3) * RATE)
    end = round((said[-1].end_seconds + 0.3) * RATE)
    shift = begin / RATE
    return replace(
        recording,
        name=f"{recording.name}_{first}_{last}",
        samples=recording.samples[begin:end],
        lines=tuple(line for line in recording.lines if first <= line.number <= last),
        said=tuple(
            replace(
                span, start_seconds=span.start_seconds - shift, end_seconds=span.end_seconds - shift
            )
            for span in said
        ),
    )


def train(recordings: Sequence[Recording]) -> PhoneModels:
    sums = PhoneSums()
    for recording in recordings:
        texts = {line.number: line.text for line in recording.lines}
        clips = [
            SpokenText(
                texts[said.line],
                recording.samples[
                    max(0, round((said.start_seconds - _PAD_SECONDS) * RATE)) : round(
                        (said.end_seconds + _PAD_SECONDS) * RATE
                    )
                ],
            )
            for said in recording.said
        ]
        learn_from(sums, clips, recording.voice)
    models = sums.make()
    if models is None:
        raise ValueError("too little to learn from")
    return models


def find(recording: Recording, models: PhoneModels | None) -> Score:
    blocks = np.split(recording.samples, range(RATE, recording.samples.size, RATE))
    options = AlignOptions(aligner="bootstrap", voice=recording.voice)
    found = align_lines(Sound16k(blocks), recording.lines, options, models=models)
    return score(recording, found)


def cases() -> Iterator[tuple[str, list[Recording], list[Recording]]]:
    """Give name, what is learnt from, and what is tested on: never the same lines or takes."""
    first, rest = part(libri(), 1, 40), part(libri(), 41, 79)
    yield "libri, lines 1-40; then 41-79", [first], [rest]
    yield "libri, the same; with 10 dB noise", [first], [with_noise(rest, snr_db=10)]
    yield "libri, the same; two lines at a time", [first], short(rest)
    yield (
        "lj, aesop, sonnet; then libri, two lines at a time",
        [lj(), aesop(), sonnet()],
        short(rest),
    )
    for who in SPEAKERS:
        if who in SPEAKERS_SEEN:  # the weight of what is known was chosen on them
            continue
        others = [digits(name, varied=False) for name in SPEAKERS if name != who]
        varied = with_takes_unknown(digits(who, varied=True))
        noisy = with_noise(digits(who, varied=False), snr_db=10)
        yield f"digits of the five others; then {who}, takes unknown", others, [varied]
        yield f"the same; {who}, 10 dB noise", others, [noisy]
        yield f"the same; {who}, two lines at a time", others, short(varied)


def short(recording: Recording) -> list[Recording]:
    """Take every two lines as a recording of their own, of some seconds."""
    numbers = [line.number for line in recording.lines]
    return [part(recording, number, number + 1) for number in numbers[::2]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    rows = []
    totals = [Score(), Score()]
    tiny = [("lj, lines 1-5; then 6-8", [part(lj(), 1, 5)], [part(lj(), 6, 8)])]
    for name, learnt, tested in tiny if given.tiny else cases():
        models = train(learnt)
        scores = [
            sum((find(each, known) for each in tested), start=Score()) for known in (None, models)
        ]
        totals = [total + one for total, one in zip(totals, scores, strict=True)]
        rows.append(
            [
                name,
                models.counts.sum(),
                scores[0].takes,
                *(cell for each in scores for cell in (each.edges(), each.bad)),
            ]
        )
        tell(f"{rows[-1]}")
    rows.append(
        [
            "**all**",
            "",
            totals[0].takes,
            *(cell for each in totals for cell in (each.edges(), each.bad)),
        ]
    )
    print(heading(1) + "\n")
    print(
        table(
            [
                "learnt from, then tested on",
                "frames learnt",
                "takes",
                "untrained",
                "bad spans",
                "trained",
                "bad spans",
            ],
            rows,
        )
    )


if __name__ == "__main__":
    main()
