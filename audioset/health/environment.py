"""Variables of the environment that change what audioset does, and proxies that catch too much."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import (  # type: ignore[attr-defined]  # typeshed does not know the second
    getproxies_environment,
    proxy_bypass_environment,
)

from audioset.health.words import diagnose
from audioset.hiding import hide
from audioset.near_names import near_names
from audioset.nearby import WORKSPACE_VARIABLE, overruled_workspace
from audioset.records.doctor_report import Diagnosis
from audioset.settings import KNOWN_KEYS
from audioset.storage.credentials import find_endpoint
from audioset.wording import some_of

if TYPE_CHECKING:
    from audioset.settings import Settings

_OURS = frozenset(
    {
        WORKSPACE_VARIABLE,
        "AUDIOSET_DEBUG",
        "AUDIOSET_RECEIPTS",
        "AUDIOSET_SPARE_REGISTRY",
        "AUDIOSET_TEST_DATA",
        *(f"AUDIOSET_{key.upper()}" for key in KNOWN_KEYS - {"cut", "split"}),
    }
)
_OUR_PREFIX = "AUDIOSET_"
_HIDDEN_WORDS = "AUDIOSET_HIDDEN_"  # of commands that are run again; any name may follow
_OF_OTHERS = ("MLFLOW_", "AWS_", "GOOGLE_", "AZURE_", "RAY_ADDRESS", "TMPDIR", "PYTHONUTF8")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_LOOPBACK = "127.0.0.1"
_LOOPBACK_NAMES = frozenset({_LOOPBACK, "localhost", "::1"})
_NO_PROXY = "export NO_PROXY=127.0.0.1,localhost,::1"
_VARIABLES_SHOWN = 40


def look_at_environment(folder: Path) -> Diagnosis:
    """Show the variables that matter, without secrets; one of ours that nobody reads is named."""
    names = sorted(name for name in os.environ if _matters(name))
    shown = some_of([hide(f"{name}={os.environ[name]}") for name in names], _VARIABLES_SHOWN)
    strange = [name for name in names if name.startswith(_OUR_PREFIX) and not _is_read(name)]
    if strange:
        ours = [name.removeprefix(_OUR_PREFIX) for name in sorted(_OURS)]
        near = near_names(strange[0].removeprefix(_OUR_PREFIX), ours)
        meant = f"did you mean {_OUR_PREFIX}{near[0]}?" if near else "unset it"
        return diagnose(
            "environment", "limited", f"nothing reads {some_of(strange, 3)}; set: {shown}", meant
        )
    here = overruled_workspace(folder)
    if here is not None:
        found = f"{WORKSPACE_VARIABLE} names {folder}, so the workspace here, {here}, is not used"
        return diagnose("environment", "limited", found, f"unset {WORKSPACE_VARIABLE} to use it")
    return diagnose("environment", "fine", shown or "no variable changes anything")


def look_at_proxies(settings: "Settings | None") -> Diagnosis:
    """Find a proxy that requests to this very machine would be sent to, which it cannot pass on."""
    proxies = getproxies_environment()
    if not proxies.keys() & {"http", "https", "all"}:
        return diagnose("proxies", "fine", "none")
    shown = ", ".join(
        hide(f"{kind}: {address}", address) for kind, address in sorted(proxies.items())
    )
    addresses = dict(_loopback_addresses(settings))
    caught = [what for host, what in addresses.items() if not proxy_bypass_environment(host)]
    if caught:
        found = f"the proxy catches {', '.join(caught)}, which is on this machine ({shown})"
        return diagnose("proxies", "trouble", found, _NO_PROXY)
    if not proxy_bypass_environment(_LOOPBACK):
        found = f"the proxy catches {_LOOPBACK}, where audioset ui would be ({shown})"
        return diagnose("proxies", "limited", found, _NO_PROXY)
    return diagnose("proxies", "fine", shown)


def _is_read(name: str) -> bool:
    return name in _OURS or name.startswith(_HIDDEN_WORDS)


def _matters(name: str) -> bool:
    return name.startswith((_OUR_PREFIX, *_OF_OTHERS)) or name.upper() in _PROXIES


def _loopback_addresses(settings: "Settings | None") -> Iterator[tuple[str, str]]:
    """Give the hosts on this machine that the workspace uses over HTTP, and for what."""
    if settings is None:
        return
    for what, address in (
        ("the store", find_endpoint(settings.store)),
        ("MLflow", settings.tracking),
    ):
        host = urlsplit(address).hostname if address and address.startswith("http") else None
        if host in _LOOPBACK_NAMES:
            yield host, f"{what} at {hide(address or '', address or '')}"
