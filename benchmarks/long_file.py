"""Does the cost of `audioset cut` stay the same per hour, and its memory the same, however long?

    python benchmarks/long_file.py [--hours 10] [--repeats 1] [--keep DIR]

The same hour of real speech, ten minutes of it, and many of it in a row (not encoded again), each
cut by one worker, in MP4 and in Matroska. MP4 has an index of every packet, which every reader
holds: the peak of `ffmpeg -vn -f null` on the same file stands beside ours. See measuring.py for
what is counted.
"""

import argparse
import shutil
from functools import partial
from pathlib import Path

from measuring import Cost, audioset_cut, ffmpeg, heading, interleaved, run, scratch, table
from talks import RECORDINGS, SHORT, make_repeated, make_talk


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the talks, kept for the next run")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    names, minutes = (SHORT, (1, 1)) if given.tiny else (RECORDINGS, (60, 10))
    if given.tiny:
        given.hours = 2  # times what stands for an hour
    with scratch(given.keep) as material, scratch() as folder:
        hour, short = (make_talk(material, each, names) for each in minutes)
        long = make_repeated(material, hour, hours=given.hours)
        sources = {
            "10 minutes, Matroska": (in_matroska(short), 1 / 6),
            f"{given.hours} hours, Matroska": (in_matroska(long), given.hours),
            "10 minutes, MP4": (short, 1 / 6),
            "1 hour, MP4": (hour, 1.0),
            f"{given.hours} hours, MP4": (long, given.hours),
        }
        num_clips = {}

        def measure(name: str) -> Cost:
            workspace = folder / "workspace"
            shutil.rmtree(workspace, ignore_errors=True)
            workspace.mkdir(parents=True)
            cost = run(audioset_cut(sources[name][0], "--workspace", workspace, "--workers", "1"))
            num_clips[name] = len(list((workspace / "clips").glob("*.flac")))
            return cost

        def decode(name: str) -> Cost:
            null = ["-vn", "-f", "null", "-"]
            return run(["ffmpeg", "-nostdin", "-v", "error", "-i", sources[name][0], *null])

        costs = interleaved({name: partial(measure, name) for name in sources}, given.repeats)
        floors = interleaved({name: partial(decode, name) for name in sources}, given.repeats)
        print(heading(given.repeats) + "\n")
        print(
            table(
                ["source", "CPU s", "CPU s per hour", "peak MB", "ffmpeg's peak MB", "clips"],
                [
                    [
                        name,
                        f"{cost.cpu_seconds:.1f}",
                        f"{cost.cpu_seconds / sources[name][1]:.2f}",
                        round(cost.peak_bytes / 1e6),
                        round(floors[name].peak_bytes / 1e6),
                        num_clips[name],
                    ]
                    for name, cost in costs.items()
                ],
            )
        )


def in_matroska(source: Path) -> Path:
    """Put the sound of a file into Matroska without encoding it again."""
    path = source.with_suffix(".mka")
    if not path.is_file():
        ffmpeg("-i", source, "-vn", "-c", "copy", path)
    return path


if __name__ == "__main__":
    main()
