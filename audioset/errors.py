"""Floor 0: every error that audioset raises on purpose.

    AudiosetError
    ├── InvalidInputError (ValueError)   the call or a file it names is wrong: change it
    ├── NotFoundError (LookupError)      no such version, run, model, clip or file
    ├── AlreadyExistsError               the name is taken: choose another
    ├── ConflictError                    somebody else was first: try again
    ├── MediaError                       this media file cannot be used
    ├── IntegrityError                   bytes do not match their hash: do not use them
    ├── StorageError                     the store did not answer, or refused
    └── TrackingError                    MLflow did not answer, or refused

Grouped by what a caller can do about it. Each carries a stable `kind` for `--json`.
Library errors are translated on the floor that imports the library, nowhere else.
"""

from typing import ClassVar

MAX_REASON = 300  # characters of what another program said, in a message of ours
NAMES_SHOWN = 10  # names that a message lists of what there is


class AudiosetError(Exception):
    """The root. Its text is one clear line: what is wrong, with the value, and what to do."""

    kind: ClassVar[str] = "error"


class InvalidInputError(AudiosetError, ValueError):
    """A value that the caller gave cannot be used; the text says what is allowed."""

    kind = "invalid_input"


class NotFoundError(AudiosetError, LookupError):
    """The named thing does not exist; the text says what does."""

    kind = "not_found"


class AlreadyExistsError(AudiosetError):
    """The name is taken, and what it names never changes."""

    kind = "already_exists"


class ConflictError(AudiosetError):
    """Somebody else changed the same thing first; trying again is safe."""

    kind = "conflict"


class MediaError(AudiosetError):
    """A media file that cannot be used. The other files of the same call go on."""

    kind = "media"


class IntegrityError(AudiosetError):
    """Stored bytes do not match the hash they are named by."""

    kind = "integrity"


class StorageError(AudiosetError):
    """The store could not be reached or refused the call."""

    kind = "storage"


class TrackingError(AudiosetError):
    """MLflow could not be reached or refused the call. Published data is not affected."""

    kind = "tracking"


class WithdrawnWarning(UserWarning):
    """Clips of the opened version were withdrawn by their speakers; it opens without them."""


class DamagedWarning(UserWarning):
    """A record or alias of a dataset is damaged and was left out; the others are not affected."""


class MovedWarning(UserWarning):
    """The workspace was moved, renamed or copied; what MLflow keeps of places followed it."""


class NotCopiedWarning(UserWarning):
    """What lies in this workspace was never copied to where its settings point; it is not used."""


def as_option(name: str, value: str = "", *, flag: str = "") -> str:
    """Name an option as both faces write it: `--max-doubtful (max_doubtful= in Python)`.

    Args:
        name: of the parameter in Python.
        value: that it is to have; "True" and "False" are flags of the command line.
        flag: its name on the command line, where that is another one; `value` is written there.
    """
    said = "" if value in ("", "True", "False") else f" {value}"
    option = f"{'no-' if value == 'False' else ''}{flag or name.replace('_', '-')}"
    return f"--{option}{said} ({name}={'' if flag else value} in Python)"


def one_line(error: Exception | None) -> str:
    """Say an error in one line; one that is not ours is named with its class."""
    text = " ".join(str(error).split())
    return text if isinstance(error, AudiosetError) else f"{type(error).__name__}: {text}"
