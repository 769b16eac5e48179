"""The processes of a cut, begun while the modules that it takes are still loaded.

To load them takes half a second of CPU in each process. Processes that begin one after the other
keep all cores but one waiting for as long each time.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from audioset.machine import num_cores, num_free_cores
from audioset.media.apart.ask import begin
from audioset.media.suffixes import MEDIA_SUFFIXES
from audioset.workers import begun

# A worker process needs about a second to start: not worth it for less than this each.
_BYTES_WORTH_A_WORKER = 16 * 1024 * 1024
_MOST_LOOKED_AT = 2_000  # files of folders; whoever has more waits for the list of them
_CUT = "audioset.curation.cut"
_LISTEN = "audioset.hearing.speech.listen_in_process:get_ready"


def num_processes(sizes_bytes: Sequence[int], cores: int, workers: int | None) -> int:
    """Say how many processes are worth it to cut sources.

    Args:
        sizes_bytes: of the sources.
        cores: that there are.
        workers: that were asked for; None for as many as are worth it.
    """
    worth = workers or max(1, sum(sizes_bytes) // _BYTES_WORTH_A_WORKER)
    return min(workers or cores, len(sizes_bytes), worth)


def need_helpers(sizes_bytes: Sequence[int], cores: int, processes: int) -> list[bool]:
    """Say for each source whether the process that cuts it has a helper, on a core of its own.

    Cores that cut a source each are all busy: a helper would take its start, its memory and the
    journeys of the sound, and give nothing. It has its core where there are fewer processes than
    cores; and where the sources begun later are too few to keep the other cores busy for as long
    as this one takes, if that is worth the start of a process.

    Args:
        sizes_bytes: of the sources, in the order in which they are begun.
        cores: that there are.
        processes: that cut them.
    """
    later, needed = sum(sizes_bytes), []
    for size in sizes_bytes:
        later -= size
        outlasts = size >= _BYTES_WORTH_A_WORKER and later < size * (cores - 1)
        needed.append(processes < cores or outlasts)
    return needed


@contextmanager
def begun_processes(
    words: Sequence[object], manifests_dir: Path, workers: int | None
) -> Iterator[int]:
    """Begin the processes that a cut of these words will most likely use; give the cores for it.

    It only guesses: nothing depends on it but the time that the cut takes. What was cut before may
    be unchanged, and then nobody listens; so a workspace with manifests begins no listener.

    Args:
        words: of the caller; whatever they are, the cut says what is wrong with them.
        manifests_dir: of the workspace.
        workers: that were asked for; where that is None, cores that are busy with other work are
            left to it.
    """
    sizes = [size for word in words for size in _sizes_of(word)]
    cores = num_cores()
    if workers is None and num_processes(sizes, cores, None) > 1:
        cores = num_free_cores()
    processes = num_processes(sizes, cores, workers)
    if processes > 1:
        with begun(processes, _CUT):
            yield cores
        return
    if sizes and not any(manifests_dir.glob("*.parquet")):
        begin(_LISTEN)
    yield cores


def _sizes_of(word: object) -> list[int]:
    """Give the sizes in bytes of the files that a word means, as far as that is seen at once."""
    if not isinstance(word, str | Path):
        return []
    try:
        if os.path.isfile(word):  # noqa: PTH113  a word may be a URL or a pattern, too
            return [os.path.getsize(word)]  # noqa: PTH202
        inside = (
            os.path.join(folder, name)  # noqa: PTH118  a Path for each would take longer
            for folder, _, names in os.walk(word)
            for name in names
        )
        looked_at = islice(inside, _MOST_LOOKED_AT)
        media = [path for path in looked_at if Path(path).suffix.lower() in MEDIA_SUFFIXES]
        return [os.path.getsize(path) for path in media]  # noqa: PTH202
    except (OSError, ValueError):
        return []
