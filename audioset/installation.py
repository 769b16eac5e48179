"""Floor 0: how this audioset was installed, and so how more of it is."""

import json
import shlex
from importlib.metadata import PackageNotFoundError, distribution
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_PACKAGE = "audioset"


def install_line(extra: str) -> str:
    """Give the command that installs what an extra needs, from where audioset came.

    An audioset that runs from a clone (`pip install -e`) goes on to do so.

    Args:
        extra: such as "align", as in `pyproject.toml`.
    """
    try:
        text = distribution(_PACKAGE).read_text("direct_url.json")
    except PackageNotFoundError:
        text = None
    return f"pip install {_what(extra, json.loads(text) if text else {})}"


def requirements(extra: str | None) -> "list[Requirement]":
    """Give the packages that audioset needs on this machine, or one of its extras does.

    Args:
        extra: such as "align"; None for what is needed in any case.
    """
    from packaging.requirements import Requirement

    try:
        needs = [Requirement(text) for text in distribution(_PACKAGE).requires or ()]
    except PackageNotFoundError:
        return []
    always = [each for each in needs if each.marker is None or each.marker.evaluate({"extra": ""})]
    if extra is None:
        return always
    of_extra = [each for each in needs if each.marker and each.marker.evaluate({"extra": extra})]
    return [each for each in of_extra if each not in always]


def _what(extra: str, origin: dict[str, object]) -> str:
    """Say what to install, as pip reads it: see PEP 610 on `direct_url.json`."""
    url = str(origin.get("url", ""))
    folder, repository = origin.get("dir_info"), origin.get("vcs_info")
    name = f"{_PACKAGE}[{extra}]"
    if isinstance(folder, dict):
        path = shlex.quote(f"{unquote(urlsplit(url).path)}[{extra}]")
        return f"-e {path}" if folder.get("editable") else path
    if isinstance(repository, dict):
        wanted = repository.get("requested_revision")
        at = f"@{wanted}" if wanted else ""
        return shlex.quote(f"{name} @ {repository.get('vcs')}+{url}{at}")
    return shlex.quote(f"{name} @ {url}") if url else shlex.quote(name)
