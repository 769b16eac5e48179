"""Does the cost of `audioset cut` stay the same per hour, and its memory the same, however long?

    python benchmarks/long_file.py [--hours 10] [--repeats 1] [--keep DIR]

The same hour of real speech, ten minutes of it, and many of it in a row (not encoded again), each
cut by one worker. See measuring.py for what is counted.
"""

import argparse
import shutil
from pathlib import Path

from measuring import audioset_cut, heading, interleaved, run, scratch, table
from talks import make_repeated, make_talk


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the talks, kept for the next run")
    given = parser.parse_args()
    with scratch(given.keep) as material, scratch() as folder:
        hour = make_talk(material, 60)
        sources = {
            "10 minutes": (make_talk(material, 10), 1 / 6),
            "1 hour": (hour, 1.0),
            f"{given.hours} hours": (make_repeated(material, hour, hours=given.hours), given.hours),
        }
        num_clips = {}

        def measure(name: str):
            workspace = folder / "workspace"
            shutil.rmtree(workspace, ignore_errors=True)
            cost = run(audioset_cut(sources[name][0], "--workspace", workspace, "--workers", "1"))
            num_clips[name] = len(list((workspace / "clips").glob("*.flac")))
            return cost

        runs = {name: lambda name=name: measure(name) for name in sources}
        costs = interleaved(runs, given.repeats)
        shortest = next(iter(costs.values()))
        print(heading(given.repeats) + "\n")
        print(table(
            ["source", "CPU s", "CPU s per hour", "peak MB", "/ 10 minutes", "clips"],
            [[name, f"{cost.cpu_seconds:.1f}", f"{cost.cpu_seconds / sources[name][1]:.2f}",
              round(cost.peak_bytes / 1e6), f"{cost.peak_bytes / shortest.peak_bytes:.2f}",
              num_clips[name]] for name, cost in costs.items()],
        ))  # fmt: skip


if __name__ == "__main__":
    main()
