"""Floor 0: the items of long work on a cluster of Ray, as `audioset.engine` runs them in processes.

The one door to Ray. A task is what a worker process does with one handful: what it is given and
what it tells are the same packed bytes, so that nothing of the work knows where it runs.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from audioset.engine import Needs
from audioset.errors import AudiosetError, InvalidInputError
from audioset.machine import tell_once
from audioset.workers import ItemTold, run_packed, unpacked

_RETRIES = 3  # of a task whose worker or node is gone; what an item raises is its result
_TASKS_PER_CORE = 2  # that are handed over before their turn
_LEAST_TASKS = 4
_WAIT_SECONDS = 1.0
_SETTLED_SECONDS = 10.0  # that a task has to end after Ctrl-C


@dataclass(frozen=True, slots=True)
class RayEngine:
    """Runs handfuls of items as tasks of Ray.

    Attributes:
        address: of the cluster, such as `auto` or `ray://head:10001`; None for the one that
            `RAY_ADDRESS` names, or a new one on this machine.
        prepare: is called on each node before an item is; can be pickled.
    """

    address: str | None = None
    prepare: Callable[[], None] | None = None
    _here: str = field(default_factory=os.getcwd)

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Be connected to the cluster inside of this block.

        Raises:
            InvalidInputError: Ray is not installed.
            AudiosetError: the cluster does not answer.
        """
        ray = _import_ray()
        if ray.is_initialized():
            yield
            return
        try:
            ray.init(
                address=self.address,
                include_dashboard=None if self.address else False,
                log_to_driver=False,
                logging_level="ERROR",
            )
        except Exception as error:  # of many kinds
            where = self.address or os.environ.get("RAY_ADDRESS") or "on this machine"
            why = str(error).strip().partition("\n")[0] or type(error).__name__
            raise AudiosetError(f"no cluster of Ray {where}: {why}") from error
        try:
            with redirect_stdout(sys.stderr):  # Ray prints what it has to tell where results go
                yield
        finally:
            ray.shutdown()

    def run(
        self, function: bytes, handfuls: Iterable[bytes], needs: Needs, *, in_order: bool = False
    ) -> Iterator[tuple[int, list[ItemTold] | None, str]]:
        """Yield the number of each handful, what was told of its items, and why nothing was.

        Whoever stops listening ends the tasks that are under way.

        Args:
            function, handfuls: as `audioset.workers.packed` gives them.
            needs: of one task.
            in_order: wait for the first that was handed over, not for any.

        Raises:
            AudiosetError: the cluster is gone.
        """
        ray = _import_ray()
        given = ray.put(function)
        _tell_what_lacks(ray, needs)
        task = _remote(ray, needs)
        most = max(_LEAST_TASKS, _TASKS_PER_CORE * int(ray.cluster_resources().get("CPU", 1)))
        numbered, going = enumerate(handfuls), {}

        def hand_over(count: int) -> None:
            for number, handful in islice(numbered, count):
                going[task.remote(given, self.prepare, self._here, handful)] = number

        try:
            hand_over(most)
            while going:
                awaited = islice(going, 1) if in_order else going
                ended, _ = ray.wait(list(awaited), timeout=_WAIT_SECONDS)
                for reference in ended:
                    number = going.pop(reference)
                    hand_over(1)
                    yield number, *_told(ray, reference)
        finally:
            _end(ray, going)


def _import_ray() -> Any:
    # It sends what it is used for to its makers, unless it is told not to.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # it warns of its future
    try:
        import ray
    except ImportError as error:
        raise InvalidInputError(
            "Ray is not installed: pip install 'audioset[ray]', or leave the engine out"
        ) from error
    return ray


def _remote(ray: Any, needs: Needs) -> Any:
    options: dict[str, Any] = {"num_cpus": 1, "max_retries": _RETRIES, "retry_exceptions": False}
    if needs.memory_bytes:
        options["memory"] = needs.memory_bytes
    if needs.num_gpus:
        options["num_gpus"] = needs.num_gpus
    return ray.remote(**options)(_do)


def _tell_what_lacks(ray: Any, needs: Needs) -> None:
    """Tell when no node has what a task needs: it waits until one comes, maybe for ever."""
    most = {"GPU": needs.num_gpus, "memory": needs.memory_bytes}
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    if not any(all(node.get(name, 0) >= most[name] for name in most) for node in nodes):
        cards = "graphics card" if needs.num_gpus == 1 else "graphics cards"
        wanted = [f"{needs.num_gpus:g} {cards}"] if needs.num_gpus else []
        wanted += [f"{needs.memory_bytes / 1e9:.1f} GB of memory"] if needs.memory_bytes else []
        tell_once(
            f"no node of the cluster has {' and '.join(wanted)}, which a task needs: tasks wait "
            "until one comes; Ctrl-C ends them"
        )


def _do(
    function: bytes, prepare: Callable[[], None] | None, here: str, handful: bytes
) -> list[bytes]:
    """Do one task, in a process of Ray on some node."""
    with suppress(OSError):  # paths may be relative, and this node may see the same drive
        if Path.cwd() != Path(here):
            os.chdir(here)
    if prepare is not None:
        prepare()
    return run_packed(function, handful)


def _told(ray: Any, reference: Any) -> tuple[list[ItemTold] | None, str]:
    try:
        return [unpacked(answer) for answer in ray.get(reference)], ""
    except ray.exceptions.RayTaskError as error:  # what `prepare` raised
        cause = getattr(error, "cause", None) or error
        return None, str(cause).strip().rpartition("\n")[2]
    except ray.exceptions.OutOfMemoryError:
        return None, "the node had no memory left for it, each time it was tried"
    except ray.exceptions.RayError as error:
        why = str(error).strip().partition("\n")[0]
        return None, f"its worker or its node died each time it was tried ({why})"


def _end(ray: Any, going: "dict[Any, int]") -> None:
    """End the tasks of somebody who does not listen any more: they write whole files or nothing."""
    if not going or not ray.is_initialized():  # a call would begin a cluster then
        return
    for reference in going:
        with suppress(Exception):
            ray.cancel(reference, force=True)
    with suppress(Exception):
        ray.wait(list(going), num_returns=len(going), timeout=_SETTLED_SECONDS)
