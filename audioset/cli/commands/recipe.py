"""The command `recipe`: how a training can be run again."""

from typing import TYPE_CHECKING

from audioset.cli.options.shared import Json, ModelOrRun
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Experiments",
    where=("store", "tracking"),
    examples="audioset recipe models:/accent@champion",
)
def recipe(ws: "Workspace", *, subject: ModelOrRun, as_json: Json = False) -> None:
    """Show exactly how a training can be run again: data, code, command and params."""
    from audioset.cli.screens.experiments.recipe import show_recipe

    show_recipe(ws.recipe(subject), as_json=as_json)
