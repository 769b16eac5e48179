"""What commands cost on a million rows without audio, with and without as many decisions.

    python benchmarks/big_tables.py [--rows 1000000] [--folder FOLDER]

The rows are those of `describe.py`, in manifests of 1,000. Decided is every clip, one half by its
text and one half by a verdict. Each command is a process of its own, start included; its CPU is
user + system time with its workers, its memory the peak of the largest of these processes. With
`--folder` the workspace stays there, for the same commands of other code. Prints a Markdown table.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

COMMANDS = {
    "describe": ["describe"],
    "check, one rule of rows": ["check", "--rule", "clipped"],
    "check, near-duplicates": ["check", "--rule", "near_duplicate"],
    "split by speaker, source, sentence": ["split", "--by", "speaker,source,sentence"],
}
DECIDED = {name: COMMANDS[name] for name in ("describe", "check, one rule of rows")}
AT_ONCE = 10_000


def make(folder: Path, num_rows: int) -> None:
    """Make the workspace, as a process of its own: memory of a child starts at its parent's."""
    script = Path(__file__).with_name("describe.py")
    command = [sys.executable, script, "--make", folder, "--rows", str(num_rows)]
    subprocess.run(command, check=True)
    (folder / "one.parquet").unlink()
    subprocess.run([sys.executable, "-m", "audioset", "init", "--name", "talks"], cwd=folder,
                   check=True, stdout=subprocess.DEVNULL)  # fmt: skip


def decide(folder: Path) -> None:
    """Decide something of every clip."""
    import audioset
    from audioset.catalog.decisions import Decision
    from audioset.curation.workspace.effective import scan_effective

    ws = audioset.open_workspace(workspace=folder)
    ids = [i for b in scan_effective(ws.working, ["clip_id"]) for i in b["clip_id"].to_pylist()]
    decisions = [
        Decision("clip", clip, "text", f"the wee bairn {number}")
        if number % 2
        else Decision("clip", clip, "accepted", value=True)
        for number, clip in enumerate(ids)
    ]
    for start in range(0, len(decisions), AT_ONCE):
        ws.working.catalog.record(decisions[start : start + AT_ONCE], by="ada")


def measure(folder: Path, name: str, words: list[str]) -> None:
    """Run a command and print its row of the table."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    script = (
        "import resource, subprocess, sys; "
        "done = subprocess.run([sys.executable, '-m', 'audioset', *sys.argv[1:]], "
        "stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL); "
        "print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    command = [sys.executable, "-c", script, *words]
    told = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
    status, peak_kb = map(int, told.stdout.split())
    assert status in (0, 3), (name, status)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"| {name} | {cpu:.1f} | {peak_kb / 1024:.0f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where the workspace is, or is made and stays")
    parser.add_argument("--decide", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    options = parser.parse_args()
    if options.decide:
        decide(options.decide)
        return
    rows = 2_000 if options.tiny else options.rows
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        if not (folder / "audioset.toml").exists():
            folder.mkdir(parents=True, exist_ok=True)
            make(folder, rows)
        print(f"{rows:,} rows\n\n| command | CPU s | peak MB |\n|---|---|---|")
        for name, words in COMMANDS.items():
            if not (folder / "catalog.db").exists():
                measure(folder, name, words)
        if not (folder / "catalog.db").exists():
            subprocess.run([sys.executable, __file__, "--decide", folder], check=True)
        for name, words in DECIDED.items():
            measure(folder, f"{name}, every clip decided", words)


if __name__ == "__main__":
    main()
