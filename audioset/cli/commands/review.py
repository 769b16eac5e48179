"""The command `review`: the page on which people go through clips."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.render import say, write_line
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Review",
    where=("store", "catalog"),
    examples="""
        audioset review
        audioset review --where "snr_db < 15" --order "length_seconds desc"
        audioset review scots@v3 --by mairi --no-open
        audioset review --by ewan --pass 2
        audioset review --host 0.0.0.0 --port 8000 --token-file token.txt
    """,
)
def review(
    ws: "Workspace",
    *,
    version: Annotated[
        str | None,
        typer.Argument(
            metavar="VERSION",
            help="A published version such as scots@v3, or a view of one; its audio is not "
            "fetched. The working clips by default.",
        ),
    ] = None,
    port: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            max=65535,
            help="Port of the page; 0 takes that of the last time, or a free one.",
        ),
    ] = 0,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Address to listen on; another than this machine's own needs a token file.",
        ),
    ] = "127.0.0.1",
    token_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="File with the token that opens the page."),
    ] = None,
    by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who decides; your user name by default.")
    ] = None,
    where: Annotated[
        str | None,
        typer.Option(metavar="SQL", help="Which clips are shown first: a condition on columns."),
    ] = None,
    order: Annotated[
        str,
        typer.Option(metavar="ORDER", help="worst first, or a column, perhaps with desc after it."),
    ] = "worst",
    review_pass: Annotated[
        int | None,
        typer.Option(
            "--pass",
            metavar="N",
            min=1,
            help="From 2 on a blind opinion: nothing of what others said is shown.",
        ),
    ] = None,
    blind: Annotated[bool, typer.Option("--blind", help="Judge blind: pass 2.")] = False,
    assigned: Annotated[
        bool,
        typer.Option(
            "--assigned/--every-clip",
            help="Begin with the clips that are assigned to you, if any, or with all.",
        ),
    ] = True,
    open: Annotated[
        bool | None,
        typer.Option("--open/--no-open", help="Open the page in a browser, or only say where."),
    ] = None,
) -> None:
    """Go through clips in a browser: listen, judge, correct; Ctrl-C ends it.

    What is decided goes into the catalog at once, with who and when.
    """
    from audioset.cli.screens.review.review import show_summary

    served = ws.review(
        version,
        port=port,
        host=host,
        token_file=token_file,
        by=by,
        where=where,
        order=order,
        review_pass=review_pass,
        blind=blind,
        assigned=assigned,
        open=open,
    )
    with served:
        write_line(served.url)
        if served.note:
            say(served.note)
        say("open this address in a browser; Ctrl-C ends the review")
        show_summary(served.wait())
