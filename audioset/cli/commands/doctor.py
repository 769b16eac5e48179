"""The command `doctor`: what is wrong with an installation and what it uses, and the cure."""

from collections.abc import Mapping

from audioset.cli.codes import ERROR, FINE
from audioset.cli.options.shared import Json
from audioset.cli.verb import verb


@verb(
    "Start",
    where=("name", "store", "catalog", "tracking"),
    opens=False,
    examples="""
        audioset doctor
        audioset doctor --workspace ~/scots --json
    """,
)
def doctor(places: Mapping[str, str | None], *, as_json: Json = False) -> int:
    """Look at all that commands rest on, and say what is wrong with it and what helps.

    What is installed, this machine, the workspace, and whether store, catalog and MLflow answer
    and fit; one line each. All is looked at, whatever is broken, and nothing stays written. What
    works but cannot do all is a note. It ends with 1 when there is trouble.
    """
    from audioset.cli.screens.clips.doctor import show_doctor
    from audioset.workspace import doctor as look

    found = look(**places)
    show_doctor(found, as_json=as_json)
    return ERROR if found.troubles else FINE
