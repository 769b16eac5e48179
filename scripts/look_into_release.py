"""Hold a wheel and a source archive against what git knows: nothing missing, nothing too much.

Usage: python scripts/look_into_release.py audioset-0.1.0-py3-none-any.whl audioset-0.1.0.tar.gz
"""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

# What a source archive has beside the files of the project.
_MADE = {"PKG-INFO"}


def known_files() -> set[str]:
    """Give the files of the project that git knows, or would if they were added."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return {name for name in done.stdout.splitlines() if Path(name).is_file()}


def of_wheel(path: Path) -> set[str]:
    """Give the files of a wheel, without what describes it."""
    with zipfile.ZipFile(path) as wheel:
        return {name for name in wheel.namelist() if ".dist-info/" not in name}


def of_source(path: Path) -> set[str]:
    """Give the files of a source archive, without its folder."""
    with tarfile.open(path) as archive:
        names = (member.name for member in archive.getmembers() if member.isfile())
        return {name.partition("/")[2] for name in names} - _MADE


def differences(held: set[str], wanted: set[str], name: str) -> list[str]:
    """Say what is missing in a file, and what is too much."""
    return [
        *(f"{name} lacks {file}" for file in sorted(wanted - held)),
        *(f"{name} has {file}, which git does not know" for file in sorted(held - wanted)),
    ]


def main(wheel: Path, source: Path) -> int:
    """Print what is wrong; 0 when nothing is."""
    known = known_files()
    package = {file for file in known if file.startswith("audioset/")}
    wrong = [
        *differences(of_wheel(wheel), package, wheel.name),
        *differences(of_source(source), known, source.name),
    ]
    print("\n".join(wrong) or f"{len(package)} files in the wheel, {len(known)} in the archive")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:3])))
