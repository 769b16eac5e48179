"""The command `copy`: from alone to a team, and back."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.codes import FINE, FOUND_PROBLEMS
from audioset.cli.options.shared import Json
from audioset.cli.render import progress_bars
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Versions",
    where=("name", "store"),
    examples="""
        audioset copy --to s3://bucket/scots --dry-run
        audioset copy --to s3://bucket/scots
        audioset copy scots@v3 --from /media/usb/store
        audioset copy --catalog --to postgresql+psycopg://scots@host/scots
        audioset copy --tracking --from mlflow.db
    """,
)
def copy(
    ws: "Workspace",
    *,
    references: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[REFERENCE]...", help="Such as scots@v3; all versions of the dataset without."
        ),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="PLACE",
            help="Where to copy to: a folder or s3://bucket/prefix; a database's file or URL.",
        ),
    ] = None,
    origin: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="PLACE",
            help="Where to copy from, instead; such as store/, catalog.db.",
        ),
    ] = None,
    catalog: Annotated[
        bool, typer.Option("--catalog", help="Copy what people decided, not versions.")
    ] = False,
    tracking: Annotated[
        bool, typer.Option("--tracking", help="Copy runs and models of MLflow, not versions.")
    ] = False,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes",
            help="Also move aliases that were moved at the target, and withdraw clips there.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would be copied.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Bring versions, decisions or runs to another place, or from there.

    The workspace's own place is one end, --to or --from names the other. Only what is missing is
    sent. Every object is checked against its hash, and a version appears last and whole; decisions
    keep who and when; runs get new ids. Run it again after Ctrl-C: it goes on where it was. Exit
    code 3 when something was left out, or was decided differently in both catalogs.
    """
    from audioset.cli.screens.versions.copy import show_copied

    with progress_bars() as progress:
        report = ws.copy(
            references or (),
            to=to,
            origin=origin,
            catalog=catalog,
            tracking=tracking,
            yes=yes,
            dry_run=dry_run,
            progress=progress,
        )
    show_copied(report, as_json=as_json)
    return FOUND_PROBLEMS if report.problems else FINE
