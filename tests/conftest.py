"""What every test may need: where the real media lie, and an environment without surprises."""

import gc
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.long_first import long_first
from tests.mlflow_template import copy_new_databases
from tests.run_folder import AT_END, begin_run, left_over

PROJECT = Path(__file__).parents[1]

# Before anything imports MLflow: tests tell nobody that they ran.
os.environ.setdefault("DO_NOT_TRACK", "true")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
# For each model that is logged without its requirements, MLflow loads it in another process to see
# what that imports: ten CPU seconds. In no time it names the library of the model alone. The tour
# of the README begins without this, so there it is as users have it.
os.environ.setdefault("MLFLOW_REQUIREMENTS_INFERENCE_TIMEOUT", "0")
KEPT = ("AUDIOSET_TEST_DATA", "MLFLOW_DISABLE_TELEMETRY", "MLFLOW_REQUIREMENTS_INFERENCE_TIMEOUT")

# Made-up examples have no time limit: a busy machine is no fault of what is tested.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# A run of the tests in the background has Ctrl-C switched off, and passes that on; some press it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# One that goes on without its terminal passes on, too, that it ignores the end of it.
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_configure() -> None:
    begin_run()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Look for no garbage while thousands of tests are collected, nor later among them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items[:] = long_first(items, key=lambda item: item.nodeid.partition("::")[0])


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the servers; a run that leaves some behind, or their folders, has failed."""
    AT_END.close()
    if "audioset.media.apart.ask" in sys.modules:
        sys.modules["audioset.media.apart.ask"].end_helpers()
    is_worker = hasattr(session.config, "workerinput")
    if not is_worker and (left := left_over()):
        terminal = session.config.pluginmanager.getplugin("terminalreporter")
        terminal.ensure_newline()
        terminal.section("left over by this run", red=True)
        terminal.write_line("\n".join(left))
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the caller's shell reaches a test."""
    for name in [name for name in os.environ if name.startswith(("AUDIOSET_", "MLFLOW_"))]:
        if name not in KEPT:
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _quick_new_databases() -> None:
    """Once MLflow is loaded, its new databases are copies."""
    copy_new_databases()


@pytest.fixture(scope="session")
def real_media() -> Path:
    """Folder of real recordings with ground truth; see CONTRIBUTING.md."""
    folder = Path(os.environ.get("AUDIOSET_TEST_DATA", PROJECT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real media at {folder}; set AUDIOSET_TEST_DATA to their folder")
    return folder
