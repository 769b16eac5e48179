"""Which runs of MLflow are active, and where: every thread has its own."""

import sys
import threading
from typing import Any

PARENT_TAG = "mlflow.parentRunId"  # MLflow's own, on nested runs
_parents: dict[str, str | None] = {}  # of the runs that were active in this process


def active_run_ids() -> list[str]:
    """Give the ids of the runs that are active in this thread, outermost first, with their parents.

    It is asked for every clip. MLflow itself must be loaded.
    """
    fluent = sys.modules["mlflow.tracking.fluent"]
    try:
        runs = fluent._active_run_stack.get()  # what is public gives the innermost
    except AttributeError:
        active = fluent.active_run()
        runs = [] if active is None else [active]
    found: list[str] = []
    for run in runs:
        run_id = run.info.run_id
        if run_id not in _parents:
            _parents[run_id] = run.data.tags.get(PARENT_TAG)
        if (parent := _parents[run_id]) is not None:
            found.append(parent)
        found.append(run_id)
    return found


def active_elsewhere() -> list[str]:
    """Give the ids of the runs that are active in other threads. MLflow itself must be loaded."""
    stacks: Any = getattr(sys.modules["mlflow.tracking.fluent"], "_active_run_stack", None)
    if stacks is None:
        return []
    others = {thread.ident for thread in threading.enumerate()} - {threading.get_ident()}
    of_all = stacks.get_all_thread_values()
    return [run.info.run_id for thread in others for run in of_all.get(thread, ())]
