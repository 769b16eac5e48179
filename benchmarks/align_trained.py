"""Does a trained aligner cut the next recording better? Beside the same aligner untrained.

    python benchmarks/align_trained.py

Phone models are taught with the true lines of some recordings, as if a person had confirmed them,
and then find the lines of others.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from align_scores import Score, score
from align_sets import SPEAKERS, aesop, digits, libri, lj, makers, sonnet
from align_truth import RATE, Recording, with_noise
from measuring import heading, table, tell

from audioset.curation.align.align import align_lines
from audioset.curation.align.lessons import SpokenText, learn_from
from audioset.curation.align.phone_models import PhoneModels, PhoneSums
from audioset.curation.align.sound import Sound16k
from audioset.records.align_options import AlignOptions

_PAD_SECONDS = 0.1


def part(recording: Recording, first: int, last: int) -> Recording:
    """Take lines `first` to `last` of a recording as a recording of their own."""
    said = [span for span in recording.said if first <= span.line <= last]
    begin = round(max(0, said[0].start_seconds - 0.3) * RATE)
    end = round((said[-1].end_seconds + 0.3) * RATE)
    shift = begin / RATE
    return replace(
        recording, name=f"{recording.name}_{first}_{last}", samples=recording.samples[begin:end],
        lines=recording.lines[first - 1 : last],
        said=tuple(replace(span, start_seconds=span.start_seconds - shift,
                           end_seconds=span.end_seconds - shift) for span in said),
    )  # fmt: skip


def train(recordings: Sequence[Recording]) -> PhoneModels:
    sums = PhoneSums()
    for recording in recordings:
        texts = {line.number: line.text for line in recording.lines}
        clips = [
            SpokenText(texts[said.line], recording.samples[
                max(0, round((said.start_seconds - _PAD_SECONDS) * RATE)) :
                round((said.end_seconds + _PAD_SECONDS) * RATE)])
            for said in recording.said
        ]  # fmt: skip
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


def cases() -> list[tuple[str, list[Recording], list[Recording]]]:
    """Give name, what is learnt from, and what is tested on: never the same lines or takes."""
    half = part(libri(), 1, 40), part(libri(), 41, 79)
    made = makers()
    digit_cases = []
    for who in SPEAKERS:
        others = [digits(name, varied=False) for name in SPEAKERS if name != who]
        digit_cases.append((who, others))
    return [
        ("libri: lines 1-40, then 41-79", [half[0]], [half[1]]),
        ("libri: the same, 10 dB noise", [half[0]], [with_noise(half[1], snr_db=10)]),
        ("lj, aesop, sonnet, then libri 41-79", [lj(), aesop(), sonnet()], [half[1]]),
        *(
            (f"digits of five speakers, then of {who}, takes unknown", others,
             [made[f"digits_{who}_unknown"]()])
            for who, others in digit_cases
        ),
        *(
            (f"digits of five speakers, then of {who}, 10 dB noise", others,
             [with_noise(digits(who, varied=False), snr_db=10)])
            for who, others in digit_cases
        ),
    ]  # fmt: skip


def main() -> None:
    rows = []
    totals = [Score(), Score()]
    for name, learnt, tested in cases():
        models = train(learnt)
        scores = [sum((find(each, known) for each in tested), start=Score())
                  for known in (None, models)]  # fmt: skip
        totals = [total + one for total, one in zip(totals, scores, strict=True)]
        rows.append([name, models.counts.sum(), scores[0].takes,
                     *(cell for each in scores for cell in (each.edges(), each.bad))])  # fmt: skip
        tell(f"{name}: {scores[0].edges()} -> {scores[1].edges()}")
    rows.append(["**all**", "", totals[0].takes,
                 *(cell for each in totals for cell in (each.edges(), each.bad))])  # fmt: skip
    print(heading(1) + "\n")
    print(table(
        ["learnt from, then tested on", "frames learnt", "takes", "untrained", "bad spans",
         "trained", "bad spans"], rows,
    ))  # fmt: skip


if __name__ == "__main__":
    main()
