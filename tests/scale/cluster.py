"""A real cluster of Ray, two nodes on this machine, and harm that is done to it."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.servers import start_s3
from tests.training.optional import require

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
_TASK = "ray::_do"  # how a process is called that does one


@contextmanager
def two_nodes(**more: float) -> Iterator[Any]:
    """Run a cluster whose second node is its `other`.

    Args:
        more: what the other node has that the first has not, such as `num_gpus`.
    """
    require("ray", "REQUIRE_RAY")
    from ray.cluster_utils import Cluster

    before = dict(os.environ)
    os.environ.update(start_s3().environment)  # its nodes must know how to reach that
    room = {"num_cpus": 1, "object_store_memory": 80_000_000}
    made = Cluster(initialize_head=True, head_node_args={**room, "include_dashboard": False})
    try:
        made.other = made.add_node(**room, **more)
        os.environ.clear()
        os.environ.update(before)
        yield made
    finally:
        made.shutdown()


def tasks() -> list[int]:
    """Give the ids of the processes that do tasks at this moment."""
    found = subprocess.run(["pgrep", "-f", _TASK], capture_output=True, text=True, check=False)
    return [int(word) for word in found.stdout.split()]


def kill_one() -> None:
    """Kill a process that does a task."""
    for pid in tasks()[:1]:
        os.kill(pid, signal.SIGKILL)


def give_up() -> None:
    """Do as Ctrl-C does."""
    raise KeyboardInterrupt


def ray_is_on() -> bool:
    """Tell whether this process is connected to any cluster."""
    import ray

    return bool(ray.is_initialized())


def once(harm: Callable[[], object], *, after: float = 0) -> Callable[..., None]:
    """Do harm when the first part is done: a progress.

    Args:
        harm: what is done.
        after: how much is to be done before.
    """
    done: list[int] = []

    def progress(task: str, part: float, total: float | None, unit: str) -> None:
        if not done and part >= after:
            done.append(1)
            harm()

    return progress
