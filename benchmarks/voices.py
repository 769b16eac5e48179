"""Voices told apart by voiceprints: pairs of clips, and what the rules of `check` make of names.

Usage: python benchmarks/voices.py [FOLDER OF REAL MEDIA] [--others FOLDER]

The limits of the rules were chosen by the voices of the real recordings. `--others` holds a folder
of recordings for each of other speakers, who had no part in that. Needs the package resemblyzer
(pip install --no-deps resemblyzer).
"""

import argparse
import itertools
import time
from pathlib import Path

import numpy as np
from measuring import real_media
from numpy.typing import NDArray
from real_voices import RATE, Voices, digit_voices, read_folder, real_voices

from audioset.curation.voices.compare import HeardName, find_same, find_two
from audioset.hearing.voiceprints.voiceprint import require_voiceprints, speech_of, voiceprint
from audioset.records.check_report import CheckLimits

LEAST_CLIPS, MOST_CLIPS = 12, 40
SEVERAL = ("two_speakers",)  # recordings of more than one voice


def clips_of(voice: NDArray[np.float64], seconds: float, most: int) -> list[NDArray[np.float32]]:
    """Give pieces of speech of one length, from all over a recording."""
    speech = speech_of(voice.astype(np.float32))
    size = round(seconds * RATE)
    starts = np.arange(0, speech.size - size + 1, size)
    chosen = starts[:: max(1, len(starts) // most)][:most]
    return [speech[start : start + size] for start in chosen]


def prints_of(voices: Voices, seconds: float, most: int) -> dict[str, NDArray[np.float32]]:
    made = {}
    for who, voice in voices.items():
        prints = [voiceprint(clip) for clip in clips_of(voice, seconds, most)]
        there = [one for one in prints if one is not None]
        if len(there) >= LEAST_CLIPS:
            made[who] = np.stack(there)
    return made


def equal_error(prints: dict[str, NDArray[np.float32]]) -> tuple[float, float, int]:
    """Give the rate at which as many pairs of one voice are rejected as of two are accepted.

    Returns:
        The rate, the likeness where it is, and the number of pairs.
    """
    same = [(p @ p.T)[np.triu_indices(len(p), 1)] for p in prints.values()]
    other = [(a @ b.T).ravel() for a, b in itertools.combinations(prints.values(), 2)]
    ones, twos = np.sort(np.concatenate(same)), np.sort(np.concatenate(other))
    limits = np.concatenate([ones, twos])
    missed = np.searchsorted(ones, limits) / len(ones)
    mistaken = 1 - np.searchsorted(twos, limits) / len(twos)
    best = int(np.abs(missed - mistaken).argmin())
    return float((missed + mistaken)[best] / 2), float(limits[best]), len(limits)


def name(who: str, prints: NDArray[np.float32]) -> HeardName:
    ids = tuple(f"{who}-{n}" for n in range(len(prints)))
    return HeardName(who, len(prints), ids, prints)


def told(prints: dict[str, NDArray[np.float32]]) -> str:
    """Say how many names the rules tell rightly and wrongly, at their limits."""
    limits = CheckLimits()
    halves = [
        name(f"{who}/{half}", clips)
        for who, whole in prints.items()
        for half, clips in enumerate(np.array_split(whole, 2))
    ]
    pairs = [(p.one.name.split("/")[0], p.other.name.split("/")[0]) for p in
             find_same(halves, limits.same_voice)]  # fmt: skip
    wrong = {tuple(sorted(pair)) for pair in pairs if pair[0] != pair[1]}
    mixed = [
        find_two(name("both", np.concatenate(both)), limits.two_voices)
        for both in itertools.combinations(prints.values(), 2)
    ]
    single = [find_two(name(who, whole), limits.two_voices) for who, whole in prints.items()]
    return " | ".join(
        (
            f"{sum(one == other for one, other in pairs)} of {len(prints)}",
            f"{len(wrong)} of {len(mixed)}" + "".join(f", {a} and {b}" for a, b in sorted(wrong)),
            f"{sum(found is not None for found in mixed)} of {len(mixed)}",
            f"{sum(found is not None for found in single)} of {len(prints)}",
        )
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", help="real media")
    parser.add_argument("--others", type=Path, help="a folder of recordings for each speaker")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    try:
        require_voiceprints()
    except LookupError as error:
        print(error)
        return
    folder = given.folder or real_media()
    everybody = {
        "real recordings": digit_voices(folder) | ({} if given.tiny else real_voices(folder))
    }
    if given.others:
        everybody["other speakers"] = read_folder(given.others)
    most = LEAST_CLIPS if given.tiny else MOST_CLIPS
    seconds_of = (2.0,) if given.tiny else (1.0, 2.0, 4.0)
    print("| voices | speakers | clips of, s | equal error rate | at likeness | pairs |")
    print("|---|---|---|---|---|---|")
    rows = []
    started, heard = time.process_time(), 0.0
    for whose, every in everybody.items():
        voices = {who: v for who, v in every.items() if not any(s in who for s in SEVERAL)}
        for seconds in seconds_of:
            prints = prints_of(voices, seconds, most)
            heard += seconds * sum(map(len, prints.values()))
            rate, limit, pairs = equal_error(prints)
            print(
                f"| {whose} | {len(prints)} | {seconds:g} | {rate:.1%} | {limit:.2f} | {pairs:,} |"
            )
            if seconds == 2:
                rows.append(f"| {whose} | {told(prints)} |")
    print("\n| voices | same_voice: halves of one | others | two_voices: two mixed | one |")
    print("|---|---|---|---|---|")
    print("\n".join(rows))
    print(f"\n{(time.process_time() - started) / heard * 60:.2f} CPU s per minute of clips")


if __name__ == "__main__":
    main()
