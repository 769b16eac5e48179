"""A flag for each field of `TranscriptOptions`: a cut by the lines of a transcript."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from audioset.cli.options.values import parse_takes

_LINES = "Cutting by the lines of a transcript"


def _option(flag: str, metavar: str | None, help: str) -> Any:
    return typer.Option(flag, metavar=metavar, help=help, rich_help_panel=_LINES)


Report = Annotated[
    Path | None,
    _option("--report", "HTML", "Write a page with every take, what is missing and left over."),
]

LINE_FIELDS: Mapping[str, Any] = {
    "path": Annotated[
        Path | None,
        _option(
            "--transcript",
            "FILE",
            "Find these lines, one phrase each, in the sound: txt, docx, csv, xlsx; or those "
            "of the files of a folder.",
        ),
    ],
    "takes": Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=parse_takes,
            help="How often each line is said; auto (the default) finds it out.",
            rich_help_panel=_LINES,
        ),
    ],
    "voice": Annotated[
        str | None,
        _option(
            "--voice", "NAME", "Voice near to the speaker's, such as en-gb-scotland, de or fr."
        ),
    ],
    "language": Annotated[
        str | None,
        _option(
            "--language",
            "TAG",
            "Language of the lines; by default the fact language, or what the text looks like.",
        ),
    ],
    "lexicon": Annotated[
        Path | None,
        _option("--lexicon", "FILE", "How words are said: a word and its phonemes in each line."),
    ],
    "aligner": Annotated[
        str | None,
        _option(
            "--aligner",
            "NAME",
            "bootstrap, structural, a plug-in, or models:/name@alias; auto by default.",
        ),
    ],
    "second_opinion": Annotated[
        str | None,
        _option(
            "--second-opinion",
            "MODEL",
            "Ask a model such as whisper what each take says; doubt those with other words.",
        ),
    ],
    "column": Annotated[
        str | None, _option("--column", "NAME", "Column with the text, by name or number.")
    ],
    "speakers": Annotated[
        bool | None,
        _option("--speakers/--no-speakers", None, "Whether 'name: words' names a speaker."),
    ],
    "anyway": Annotated[
        bool | None,
        _option("--anyway", None, "Cut also what looks like the transcript of another recording."),
    ],
    "strict": Annotated[
        bool | None,
        _option(
            "--strict",
            None,
            "Cut nothing, with status 3, when a line is missing or more than 10% are "
            "doubtful: missing, fewer takes than asked for, or a take with two flags or more.",
        ),
    ],
    "max_doubtful": Annotated[
        float | None,
        _option(
            "--max-doubtful",
            "SHARE",
            "--strict, but with another share of doubtful lines that passes (0.1).",
        ),
    ],
}


def require_by_lines(asked: Mapping[str, Any], *, by: str | None) -> None:
    """Require that flags about lines stand in a cut by lines.

    Args:
        asked: what was given, by field.
        by: the way of cutting.

    Raises:
        typer.BadParameter: something was asked for in another cut.
    """
    if asked and by != "lines":
        name = next(iter(asked)).replace("path", "transcript").replace("_", "-")
        raise typer.BadParameter(
            f"--{name} is for a cut by lines; name a --transcript, or say --by lines"
        )
