"""Which model is to write texts, and the words by which it is chosen."""

from dataclasses import dataclass
from pathlib import Path

from audioset.errors import InvalidInputError

USUAL_PLUGIN = "whisper"
REGISTERED = "models:/"  # how the name of a registered model begins


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which model is to write texts.

    Attributes:
        plugin: name of the transcriber.
        registered: `models:/name@alias` or `models:/name/3`, of MLflow.
        folder: with the model's files. Neither: the model that the plug-in brings.
    """

    plugin: str
    registered: str | None = None
    folder: Path | None = None

    @classmethod
    def from_text(cls, text: str) -> "ModelChoice":
        """Read `PLUGIN`, `models:/name@alias`, a folder with a slash in it, or `PLUGIN:` and those.

        Raises:
            InvalidInputError: there is no word.
        """
        plugin, colon, rest = text.strip().partition(":")
        if text.strip().startswith(REGISTERED) or "/" in plugin:
            plugin, colon, rest = USUAL_PLUGIN, ":", text.strip()
        if not plugin or (colon and not rest):
            raise InvalidInputError(
                f"{text!r} names no model; write a plug-in such as {USUAL_PLUGIN}, "
                "models:/name@alias, or ./folder"
            )
        if not rest:
            return cls(plugin)
        if rest.startswith(REGISTERED):
            return cls(plugin, registered=rest)
        return cls(plugin, folder=Path(rest).expanduser())
