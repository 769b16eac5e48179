"""Options of a cut by the lines of a transcript, and how their words become values."""

from pathlib import Path
from typing import Annotated, Any

import typer

from audioset.records.line_options import TranscriptOptions

_LINES = "Cutting by the lines of a transcript"


def _option(metavar: str, help: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        metavar=metavar, help=help, rich_help_panel=_LINES
    )
    return option


Transcript = Annotated[
    Path | None,
    _option(
        "FILE",
        "Find these lines, one phrase each, in the sound: txt, docx, csv, xlsx; or those "
        "of the files of a folder.",
    ),
]
Takes = Annotated[
    str | None, _option("N", "How often each line is said; auto (the default) finds it out.")
]
Voice = Annotated[
    str | None, _option("NAME", "Voice near to the speaker's, such as en-gb-scotland, de or fr.")
]
Lexicon = Annotated[
    Path | None, _option("FILE", "How words are said: a word and its phonemes in each line.")
]
Aligner = Annotated[
    str | None,
    _option("NAME", "bootstrap, structural, a plug-in, or models:/name@alias; auto by default."),
]
SecondOpinion = Annotated[
    str | None,
    _option(
        "MODEL", "Ask a model such as whisper what each take says; doubt those with other words."
    ),
]
Column = Annotated[str | None, _option("NAME", "Column with the text, by name or number.")]
Speakers = Annotated[
    bool | None,
    typer.Option(
        "--speakers/--no-speakers",
        help="Whether 'name: words' names a speaker.",
        rich_help_panel=_LINES,
    ),
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict",
        help="Cut nothing, with status 3, when a line is missing or more than 10% are "
        "doubtful: missing, fewer takes than asked for, or a take with two flags or more.",
        rich_help_panel=_LINES,
    ),
]
Anyway = Annotated[
    bool,
    typer.Option(
        "--anyway",
        help="Cut also what looks like the transcript of another recording.",
        rich_help_panel=_LINES,
    ),
]
MaxDoubtful = Annotated[
    float | None,
    _option("SHARE", "--strict, but with another share of doubtful lines that passes (0.1)."),
]
Report = Annotated[
    Path | None, _option("HTML", "Write a page with every take, what is missing and left over.")
]


def make_transcript(*, by_lines: bool, **asked: Any) -> TranscriptOptions | None:
    """Make the options of what was asked for; None when nothing was.

    Args:
        by_lines: whether the cut is one by lines.
        asked: attributes of `TranscriptOptions`; None where nothing was said.

    Raises:
        typer.BadParameter: something was asked for in another cut.
        InvalidInputError: a value that is not allowed.
    """
    given = {key: value for key, value in asked.items() if value is not None}
    if not given:
        return None
    if not by_lines:
        name = next(iter(given)).replace("path", "transcript").replace("_", "-")
        raise typer.BadParameter(
            f"--{name} is for a cut by lines; name a --transcript, or say --by lines"
        )
    return TranscriptOptions(**given)


def parse_takes(text: str | None) -> int | None:
    """Read how often lines are said; None for auto.

    Raises:
        typer.BadParameter: another word, or zero.
    """
    if text is None or text.strip().lower() == "auto":
        return None
    if text.strip().isdecimal() and int(text) >= 1:
        return int(text)
    raise typer.BadParameter(
        f"{text!r} is no number of takes; write 3, or auto", param_hint="--takes"
    )
