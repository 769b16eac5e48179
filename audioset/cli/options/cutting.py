"""A flag for each field of `CutOptions`, and the way of cutting that one of them alone asks for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from audioset.cli.options.values import parse_length, parse_ratio, parse_shift

_WAY = "Where to cut (defaults: [cut] in audioset.toml)"
_PAUSES = "Cutting by speech or silence"
_CUES = "Cutting by subtitles, labels or windows"
_SOUND = "Which sound"


def _option(flag: str, metavar: str, panel: str, help: str) -> Any:
    return typer.Option(flag, metavar=metavar, help=help, rich_help_panel=panel)


def _length(flag: str, panel: str, help: str) -> Any:
    return typer.Option(
        flag, metavar="LENGTH", help=help, rich_help_panel=panel, parser=parse_length
    )


Labels = Annotated[
    Path | None,
    _option(
        "--labels",
        "FILE",
        _WAY,
        "Cut by this file: srt, vtt, ass, sbv, ttml, Audacity, TextGrid, eaf, rttm, ctm, stm, "
        "Kaldi segments, csv, xlsx, json of a speech recogniser; or by the files of a folder.",
    ),
]

# A flag drops the unit at the end of its field, which its value carries.
CUT_FIELDS: Mapping[str, Any] = {
    "by": Annotated[
        str | None,
        _option(
            "--by",
            "WAY",
            _WAY,
            "speech (the default), silence, windows, subtitles, labels or lines.",
        ),
    ],
    "every_seconds": Annotated[
        float | None, _length("--every", _WAY, "Cut windows of this length: 10s, 1m.")
    ],
    "silence_dbfs": Annotated[
        float | None,
        _option("--silence", "DBFS", _WAY, "Cut by level alone: below this is silence."),
    ],
    "threshold": Annotated[
        float | None,
        _option("--threshold", "P", _PAUSES, "Probability that counts as speech, 0 to 1."),
    ],
    "pause_seconds": Annotated[
        float | None, _option("--pause", "SECONDS", _PAUSES, "A pause this long ends a clip.")
    ],
    "pad_seconds": Annotated[
        float | None, _option("--pad", "SECONDS", _PAUSES, "Kept on both sides of speech.")
    ],
    "min_seconds": Annotated[
        float | None, _option("--min-seconds", "SECONDS", _PAUSES, "Shorter speech is dropped.")
    ],
    "max_seconds": Annotated[
        float | None,
        _option("--max-seconds", "SECONDS", _PAUSES, "Longer speech is split at its best pause."),
    ],
    "merge_seconds": Annotated[
        float | None,
        _option(
            "--merge",
            "SECONDS",
            _PAUSES,
            "Shorter speech is joined with a neighbour within a second.",
        ),
    ],
    "overlap_seconds": Annotated[
        float | None, _length("--overlap", _CUES, "What two windows share.")
    ],
    "snap": Annotated[
        bool | None,
        typer.Option(
            "--snap/--no-snap", help="Move edges to the nearest pause.", rich_help_panel=_CUES
        ),
    ],
    "snap_seconds": Annotated[
        float | None,
        _option("--snap-seconds", "SECONDS", _CUES, "--snap, and how far an edge moves (0.5)."),
    ],
    "tier": Annotated[str | None, _option("--tier", "NAME", _CUES, "Tier of an eaf or TextGrid.")],
    "stream": Annotated[
        int | None, _option("--stream", "N", _CUES, "Subtitle stream inside the file, from 1.")
    ],
    "shift_seconds": Annotated[
        float | None,
        typer.Option(
            "--shift",
            metavar="TIME",
            parser=parse_shift,
            help="Added to the times of cues: -1:00:00, 2.5.",
            rich_help_panel=_CUES,
        ),
    ],
    "time_unit": Annotated[
        str | None,
        _option(
            "--time-unit",
            "UNIT",
            _CUES,
            "What numbers of cues count: seconds, milliseconds, frames@25, samples@16000, ...",
        ),
    ],
    "stretch": Annotated[
        float | None,
        typer.Option(
            metavar="RATIO",
            parser=parse_ratio,
            help="The times of cues are multiplied by this: 24/25.",
            rich_help_panel=_CUES,
        ),
    ],
    "track": Annotated[
        int | None, _option("--track", "N", _SOUND, "Audio track, from 1; else one that fits.")
    ],
    "channels": Annotated[
        str | None,
        _option(
            "--channels",
            "WHICH",
            _SOUND,
            "mix (where it loses nothing), left, right, or each on its own.",
        ),
    ],
    "sampling_rate": Annotated[
        int | None,
        _option("--sampling-rate", "HZ", _SOUND, "Of the clips; that of the source by default."),
    ],
}
_WAY_OF = {
    "labels": "labels",
    "transcript": "lines",
    "every_seconds": "windows",
    "silence_dbfs": "silence",
    "stream": "subtitles",
}


def with_implied_way(given: Mapping[str, Any], files: Mapping[str, Path | None]) -> dict[str, Any]:
    """Add the way of cutting that one flag alone asks for: `--every 10s` means windows.

    Args:
        given: fields of `CutOptions`.
        files: `labels` and `transcript`, which ask for a way too.

    Raises:
        typer.BadParameter: two flags ask for two ways.
    """
    if "by" in given:
        return dict(given)
    known = {**given, **files}
    asked = [name for name in _WAY_OF if known.get(name) is not None]
    if len(asked) > 1:
        words = " and ".join(f"--{name.partition('_')[0]}" for name in asked)
        raise typer.BadParameter(f"{words} are different ways to cut; give one")
    return {**given, **({"by": _WAY_OF[asked[0]]} if asked else {})}
