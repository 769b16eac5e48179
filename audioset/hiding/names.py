"""Names that are given to secrets, and values that are none whatever their name is."""

import re

HIDDEN = "***"
MIN_SECRET = 6  # characters, where only its name or place speaks for a secret

_SERVICES = (
    "wandb|comet|neptune|openai|anthropic|hf|hugging[-_]?face|aws|azure|gcp|google|github|gitlab|"
    "clearml|mlflow|databricks|slack|sendgrid|stripe|deepgram|assembly[-_]?ai|eleven[-_]?labs"
)
_KEYS = rf"api|app|access|secret|private|account|auth|encryption|signing|master|{_SERVICES}"
# Of an option, a variable or a field. `key` alone is the name of a column, `tokens` a number.
NAME = (
    r"(?:(?:[\w.-]*[-_.])?(?:token|secrets?|pass(?:phrase|code)|pwd|credentials?|jwt"
    r"|sas|(?:access|auth|session|refresh|bearer|api|bot|security|oauth|id)token|clientsecret"
    rf"|sharedaccess(?:key|signature)|(?:{_KEYS})[-_]?key)|[\w.-]*passw(?:or)?d)"
)
_PRIVATE = re.compile(NAME, re.IGNORECASE)
_VOCABULARY = re.compile(
    r"(?:.*[-_.])?(?:bos|eos|pad|unk|unknown|mask|sep|cls|blank|special|delimiter|lang|language|task"
    r"|start|end|image|audio|speech|stop|first|last|next|max|min|num|n|per|new|sub|word|oov|sil"
    r"|silence|begin|of|by)[-_.]?token",
    re.IGNORECASE,
)
_NO_VALUE = re.compile(
    r"true|false|none|null|yes|no|on|off|auto|[01]|\$.*|\{[^}]*\}|<[^>]*>|\[[A-Za-z_]*\]|\*{3}.*|…"
    r"|-\w|--.*",
    re.IGNORECASE,
)
_PATH = re.compile(r"(?:~|\.{0,2}/).*|.*\.\w{1,5}")


def is_private(name: str, value: str) -> bool:
    """Tell whether a value is a secret by the name that it is given to.

    Args:
        name: such as `--api-key`, `db.password` or `HF_TOKEN`.
        value: without quotes. Flags, placeholders and files with a key are no secrets.
    """
    plain = name.lstrip("-+~")
    if not _PRIVATE.fullmatch(plain) or _VOCABULARY.fullmatch(plain) or is_no_secret(value):
        return False
    return not (plain.lower().endswith("key") and is_path(value))


def is_no_secret(value: str) -> bool:
    """Tell whether a value is none: a flag, a placeholder, the next option."""
    return _NO_VALUE.fullmatch(value) is not None


def is_path(value: str) -> bool:
    """Tell whether a value looks like the path of a file."""
    return _PATH.fullmatch(value) is not None


def is_random(value: str) -> bool:
    """Tell whether a value is neither a word nor a number, as most secrets are."""
    return len(value) >= MIN_SECRET and not value.isalpha() and not value.isdecimal()
