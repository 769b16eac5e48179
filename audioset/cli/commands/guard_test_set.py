"""The command `guard-test-set`: test texts that the model itself wrote."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.codes import FINE, FOUND_PROBLEMS
from audioset.cli.options.shared import Json, Rows, WholeVersion
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Lineage",
    where=("store", "tracking"),
    examples="audioset guard-test-set scots@v3 models:/accent@production",
)
def guard_test_set(
    ws: "Workspace",
    *,
    reference: WholeVersion,
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="models:/name@alias or models:/name/3.")
    ],
    rows: Rows = 20,
    as_json: Json = False,
) -> int:
    """Tell whether a model wrote texts of the test split that it is to be tested on.

    Texts that somebody has confirmed do not count. Exit code 3 when there are any.
    """
    from audioset.cli.screens.lineage.guard_test_set import show_guard

    report = ws.guard_test_set(reference, model)
    show_guard(report, rows, as_json=as_json)
    return FINE if report.is_clean else FOUND_PROBLEMS
