"""Splits without leaks: how much of a dataset stays usable, beside the rules that drop what leaks.

Usage: python benchmarks/splits.py [FOLDER OF REAL MEDIA]

Clips: spoken digits (6 speakers), the lines of two readers, poems of six readers in windows of
10 s, and 40 of these clips once more as MP3 at 32 kbit/s with nobody named, as re-uploads come.
They arrive in six batches at random; after each, `audioset split` places what is new and a version
is published. Nothing may leak, and no clip may change sides. The rules to compare with see the
whole at its end.
"""

import argparse
import csv
import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile
from measuring import real_media

import audioset
from audioset.curation.split.leaks import certify, partners_of, read_shared_rows, sides_of
from audioset.curation.split.plan import draw
from audioset.curation.split.shared import compare_sounds, find_shared
from audioset.curation.workspace.clip_audio import WorkingAudio
from audioset.curation.workspace.clip_sets import ClipSet
from audioset.curation.workspace.effective import read_effective, scan_effective
from audioset.media.decode import open_audio
from audioset.records.sentence import normalise_sentence
from audioset.records.split_report import SPLITS, SplitOptions
from benchmarks.near_duplicates import coded

BATCHES, COPIES = 6, 40
WINDOW_SECONDS = 10.0
RNG = np.random.default_rng(1)


def decode(path):
    with open_audio(path) as audio:
        return audio.read()[0].ravel(), audio.sampling_rate


def load(folder, *, tiny):
    """Give (samples, sampling rate, speaker, text) of every clip."""
    clips = []
    digits = folder / "corpus/spoken_digits"
    with (digits / "labels.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if int(row["take"]) < (1 if tiny else 5):
                samples, rate = soundfile.read(digits / row["file"], dtype="float32")
                clips.append((samples, rate, row["speaker"], row["word"]))
    names = ("lj_chapter01.flac", "libri_27_124992.mp4", "fleurs_du_mal_01_14.mp4")
    for name in names[: 1 if tiny else None]:
        samples, rate = decode(folder / "long" / name)
        with (folder / "long" / name).with_suffix(".segments.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                start, end = float(row["start_seconds"]), float(row["end_seconds"])
                if name.startswith("fleurs"):
                    starts = np.arange(start, end - 2, WINDOW_SECONDS)
                    spans, text = [(s, min(end, s + WINDOW_SECONDS)) for s in starts], ""
                else:
                    spans, text = [(start, end)], row["text"]
                for one, other in spans:
                    part = samples[round(one * rate) : round(other * rate)]
                    clips.append((part, rate, row["speaker"], text))
    return clips


def add_batch(ws, folder, clips):
    folder.mkdir()
    with (folder / "facts.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "speaker", "text"])
        for number, (samples, rate, speaker, text) in enumerate(clips):
            soundfile.write(folder / f"{number}.flac", samples, rate)
            table.writerow([f"{number}.flac", speaker, text])
    ws.import_folder(folder, metadata=folder / "facts.csv")


def grow(ws, scratch, clips, options, batches):
    """Add batch after batch; give the last report and how many clips changed sides."""
    sides, moved = {}, 0
    for number, batch in enumerate(np.array_split(RNG.permutation(len(clips)), batches)):
        add_batch(ws, scratch / f"batch-{number}", [clips[place] for place in batch])
        report = ws.split(options=options, yes=True)
        rows = read_effective(ws.working)
        now = dict(zip(rows["clip_id"].to_pylist(), rows["split"].to_pylist(), strict=True))
        moved += sum(now[clip] != side for clip, side in sides.items() if clip in now)
        sides |= {clip: side for clip, side in now.items() if side}
        ws.publish(track=False)
        shares = ", ".join(f"{total.share:.1%}" for total in report.certificate.splits[:3])
        whole = sum(total.length_seconds for total in report.certificate.splits)
        print(
            f"| {number + 1} | {report.certificate.num_clips} | {shares} | "
            f"{report.kept_seconds / whole:.1%} | {len(report.left_out)} | {moved} | "
            f"{report.certificate.verdict} |"
        )
    return report


def drop(rows, shared, sides):
    """Drop from training and validation what leaks; give the length that is left."""
    seconds = np.asarray(rows["length_seconds"])
    for held_out in (2, 1):
        others = np.where(sides <= held_out, sides, -1)
        leaks = np.zeros(len(rows), bool)
        for codes in shared.values():
            partners = partners_of(codes, others, held_out + 1)
            leaks |= (partners >= 0) & (sides[partners] == held_out)
        sides = np.where(leaks, -1, sides)
    return seconds[sides >= 0].sum() / seconds.sum(), sides


def one_per_sentence(rows, sides):
    """Keep the first recording of every sentence: CorporaCreator's default, before its split."""
    seconds, seen, kept = np.asarray(rows["length_seconds"]), set(), np.zeros(len(rows), bool)
    for clip, text in enumerate(rows["text"].to_pylist()):
        sentence = normalise_sentence(text or "")
        kept[clip] = not sentence or sentence not in seen
        seen.add(sentence)
    return seconds[kept].sum() / seconds.sum(), np.where(kept, sides, -1)


def names_by(rows, column):
    values, firsts = rows[column].to_pylist(), defaultdict(str)
    for clip_id, value in zip(rows["clip_id"].to_pylist(), values, strict=True):
        firsts[value] = firsts[value] or clip_id
    ids = rows["clip_id"].to_pylist()
    return [firsts[v] if v else clip for v, clip in zip(values, ids, strict=True)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", help="real media")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    folder = given.folder or real_media()
    clips = load(folder, tiny=given.tiny)
    batches, copies, draws = (2, 4, 2) if given.tiny else (BATCHES, COPIES, 20)
    change = coded("libmp3lame", "mp3", 22_050, 32)
    for place in RNG.choice(len(clips), copies, replace=False):
        samples, rate = change(*clips[place][:2])
        clips.append((samples.ravel(), rate, "", ""))
    options = SplitOptions()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        ws = audioset.init(scratch / "work", name="mixed")
        print("| batch | clips | train, validation, test | kept | left out | moved | leaks |")
        print("|---|---|---|---|---|---|---|")
        report = grow(ws, scratch, clips, options, batches)
        audio = WorkingAudio(ws.clips_dir)
        rows = read_shared_rows(
            ClipSet("all", lambda c: scan_effective(ws.working, c), audio), options
        )
        near = compare_sounds(rows, options, audio=audio, near_limit=0.2)
        shared = find_shared(rows, options, near)
        compare(rows, shared, near, options, report, batches, draws)


def compare(rows, shared, near, options, report, batches, draws):
    """Show what each rule keeps at the end, and what still leaks."""
    whole = sum(total.length_seconds for total in report.certificate.splits)
    seeds = range(draws)
    print(f"\n| rule | kept, median of {draws} draws | from, to | leaking clips, median |")
    print("|---|---|---|---|")
    ours = report.kept_seconds / whole
    print(f"| **audioset split**, grown in {batches} batches | {ours:.1%} | one draw | 0 |")
    singles, speakers = rows["clip_id"].to_pylist(), names_by(rows, "speaker")
    rules = {
        "clips at random": lambda seed: (1.0, draw(singles, options.ratios, seed)),
        "clips at random, what leaks dropped": lambda seed: drop(
            rows, shared, draw(singles, options.ratios, seed)
        ),
        "whole speakers": lambda seed: (1.0, draw(speakers, options.ratios, seed)),
        "whole speakers, what leaks dropped": lambda seed: drop(
            rows, shared, draw(speakers, options.ratios, seed)
        ),
        "one recording per sentence, whole speakers": lambda seed: one_per_sentence(
            rows, draw(speakers, options.ratios, seed)
        ),
    }
    for rule, apply in rules.items():
        kept, leaking = [], []
        for seed in seeds:
            share, sides = apply(seed)
            kept.append(share)
            placed = replace(sides_of(rows["split"]), names=SPLITS, of_clip=sides)
            found = certify(rows, placed, near, name=rule, options=options)
            leaking.append(found.num_leaking)
        print(
            f"| {rule} | {np.median(kept):.1%} | {min(kept):.1%}, {max(kept):.1%} | "
            f"{np.median(leaking):.0f} |"
        )


if __name__ == "__main__":
    main()
