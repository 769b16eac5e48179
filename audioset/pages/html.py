"""The one way to a page: a template is filled in, what it shows is harmless, the file is whole.

A page loads nothing: style, scripts and data are inside, so that it can be sent by mail, kept in
MLflow's sandboxed frame, and opened years later. All templates extend `templates/shell.html`.
"""

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audioset.curation.workspace.review_address import address_of_clip
from audioset.storage.files import cannot_write, write_atomically
from audioset.wording import cut_short, visible

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_PACKAGE = "audioset.pages"
_POLICY_HERE = "<!-- policy -->"
TEXT_SHOWN = 401  # characters of a text, "…" included: a page stays small, whatever the dataset


def render(template: str, **values: Any) -> str:
    """Fill in a template of `templates/`; whatever it shows is escaped and visible.

    Args:
        template: its name, such as `check.html`.
        values: by the names that the template uses; one that is missing is an error.
    """
    page = _environment().get_template(template).render({**values, "policy": _POLICY_HERE})
    return page.replace(_POLICY_HERE, _policy(page), 1)


def write_page(path: Path, page: str) -> Path:
    """Write a page for people at the place that they named, whole or not at all; give the place.

    Its folders are made when missing: what the page tells of has taken its time.

    Raises:
        StorageError: the file cannot be written.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        # Such as /dev/stdout: to be written to, never to be replaced.
        try:
            path.write_text(page, encoding="utf-8")
        except OSError as error:
            raise cannot_write(path, error) from error
    else:
        write_atomically(path, lambda file: file.write(page.encode()))
    return path


def cut(text: str, length: int = TEXT_SHOWN) -> str:
    """Cut a long text; with the "…" that tells of it, it has `length` characters."""
    return cut_short(text, length)


def format_place(seconds: float, decimals: int = 2) -> str:
    """Write a place in a recording as m:ss.ss."""
    minutes, rest = divmod(round(seconds * 10**decimals), 60 * 10**decimals)
    return f"{minutes}:{rest / 10**decimals:0{3 + decimals}.{decimals}f}"


def format_hms(seconds: float) -> str:
    """Write a length as h:mm:ss.s."""
    minutes, rest = divmod(round(seconds * 10), 600)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest // 10:02d}.{rest % 10}"


def _policy(page: str) -> str:
    """Make the rule by which a browser loads nothing, and runs nothing but what we wrote.

    A file can state it in a `meta` element alone; our styles and scripts are named by their hashes.
    Sound and pictures may only be in the page itself.
    """
    allowed = {
        kind: " ".join(
            f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
            for text in re.findall(rf"<{kind}>(.*?)</{kind}>", page, re.DOTALL)
        )
        for kind in ("style", "script")
    }
    rules = ["default-src 'none'", "media-src data:", "img-src data:"]
    rules += [f"{kind}-src {hashes}" for kind, hashes in allowed.items() if hashes]
    rules += ["base-uri 'none'", "form-action 'none'"]
    return f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(rules)}">'


@cache
def _environment() -> "Environment":
    # Imported late: most commands write no page.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(_PACKAGE),
        autoescape=True,
        finalize=_visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # For `tojson`, which also escapes what could end a script. NaN is no JSON.
    environment.policies["json.dumps_kwargs"] = {"allow_nan": False}
    environment.globals |= {"asset": _asset, "address_of_clip": address_of_clip}
    environment.filters |= {
        "cut": cut,
        "grouped": lambda number: f"{number:,}",
        "hms": format_hms,
        "place": format_place,
    }
    return environment


@cache
def _asset(name: str) -> "Markup":
    """Give a style or a script of ours, to stand in a page as it is."""
    from markupsafe import Markup

    return Markup(files(_PACKAGE).joinpath(name).read_text(encoding="utf-8"))  # noqa: S704


def _visible(value: Any) -> Any:
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
