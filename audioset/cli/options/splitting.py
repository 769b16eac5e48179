"""A flag for each field of `SplitOptions`."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from audioset.cli.options.values import parse_share


def _share(help: str) -> Any:
    return typer.Option(metavar="SHARE", parser=parse_share, help=help)


# What splits must not share: all that a certificate asks for.
APART_FIELDS: Mapping[str, Any] = {
    "by": Annotated[
        str | None,
        typer.Option(
            metavar="KINDS",
            help="What splits must not share: speaker,source,sentence,takes,duplicates by default.",
        ),
    ],
    "min_words": Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Shorter sentences may be shared (4): everybody says yes and thank you.",
        ),
    ],
}
SPLIT_FIELDS: Mapping[str, Any] = {
    "train": Annotated[
        float | None,
        _share("Share of the length for training; what is left by default, 0.8."),
    ],
    "validation": Annotated[float | None, _share("Share for validation (0.1).")],
    "test": Annotated[float | None, _share("Share for test (0.1).")],
    **APART_FIELDS,
    "seed": Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Draw by this number; that of 0 to 99 nearest to the shares by default.",
        ),
    ],
}
