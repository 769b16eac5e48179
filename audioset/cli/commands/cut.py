"""The command `cut`: sources to clips."""

import os
from pathlib import Path
from typing import Annotated

import typer

from audioset.cli.commands.line_options import (
    Aligner,
    Anyway,
    Column,
    Lexicon,
    MaxDoubtful,
    Report,
    SecondOpinion,
    Speakers,
    Strict,
    Takes,
    Transcript,
    Voice,
    make_transcript,
    parse_takes,
)
from audioset.cli.options import Facts, Json, Workspace, parse_facts, parse_length
from audioset.cli.render import progress_bars, say
from audioset.settings import load_settings

_WAY = "Where to cut (defaults: [cut] in audioset.toml)"
_PAUSES = "Cutting by speech or silence"
_CUES = "Cutting by subtitles, labels or windows"
_SOUND = "Which sound"


def _seconds(help: str, panel: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        metavar="SECONDS", help=help, rich_help_panel=panel
    )
    return option


def cut(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCES",
            help="Video or audio files, folders of them, globs in quotes, or s3:// URLs.",
        ),
    ],
    speaker: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who speaks in these sources.")
    ] = None,
    facts: Facts = None,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="WAY",
            help="speech (the default), silence, windows, subtitles, labels or lines.",
            rich_help_panel=_WAY,
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Cut by this file: srt, vtt, ass, sbv, ttml, Audacity, TextGrid, eaf, rttm, ctm, "
            "Kaldi segments, csv, xlsx; or by the files of a folder.",
            rich_help_panel=_WAY,
        ),
    ] = None,
    transcript: Transcript = None,
    takes: Takes = None,
    voice: Voice = None,
    lexicon: Lexicon = None,
    aligner: Aligner = None,
    second_opinion: SecondOpinion = None,
    column: Column = None,
    speakers: Speakers = None,
    anyway: Anyway = False,
    strict: Strict = False,
    max_doubtful: MaxDoubtful = None,
    report: Report = None,
    every: Annotated[
        str | None,
        typer.Option(
            metavar="LENGTH", help="Cut windows of this length: 10s, 1m.", rich_help_panel=_WAY
        ),
    ] = None,
    silence: Annotated[
        float | None,
        typer.Option(
            metavar="DBFS", help="Cut by level alone: below this is silence.", rich_help_panel=_WAY
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            metavar="P", help="Probability that counts as speech, 0 to 1.", rich_help_panel=_PAUSES
        ),
    ] = None,
    pause: Annotated[float | None, _seconds("A pause this long ends a clip.", _PAUSES)] = None,
    pad: Annotated[float | None, _seconds("Kept on both sides of speech.", _PAUSES)] = None,
    min_seconds: Annotated[float | None, _seconds("Shorter speech is dropped.", _PAUSES)] = None,
    max_seconds: Annotated[
        float | None, _seconds("Longer speech is split at its best pause.", _PAUSES)
    ] = None,
    merge: Annotated[
        float | None,
        _seconds("Shorter speech is joined with a neighbour within a second.", _PAUSES),
    ] = None,
    overlap: Annotated[
        str | None,
        typer.Option(metavar="LENGTH", help="What two windows share.", rich_help_panel=_CUES),
    ] = None,
    snap: Annotated[
        bool | None,
        typer.Option(
            "--snap/--no-snap", help="Move edges to the nearest pause.", rich_help_panel=_CUES
        ),
    ] = None,
    snap_seconds: Annotated[
        float | None, _seconds("How far an edge may be moved (0.5).", _CUES)
    ] = None,
    tier: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Tier of an eaf or TextGrid.", rich_help_panel=_CUES),
    ] = None,
    stream: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Subtitle stream inside the file, from 1.", rich_help_panel=_CUES
        ),
    ] = None,
    track: Annotated[
        int | None,
        typer.Option(metavar="N", help="Audio track, from 1.", rich_help_panel=_SOUND),
    ] = None,
    channels: Annotated[
        str | None,
        typer.Option(
            metavar="WHICH", help="mix, left, right, or each on its own.", rich_help_panel=_SOUND
        ),
    ] = None,
    sampling_rate: Annotated[
        int | None,
        typer.Option(
            metavar="HZ",
            help="Of the clips; that of the source by default.",
            rich_help_panel=_SOUND,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="CPU cores to use; all by default."),
    ] = None,
    workspace: Workspace = None,
    as_json: Json = False,
) -> None:
    """Cut videos and recordings into clips, one per phrase.

    Clips go to clips/, and one manifest per source to manifests/. Run it again after adding files,
    or after Ctrl-C: what is done is not done twice.
    """
    # Read when numpy and Arrow are first loaded. A cut has no use for threads of linear algebra,
    # nor for an allocator that keeps what it was given: memory must not grow with the source.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    from audioset import api
    from audioset.cli.screens.cut import show_cut
    from audioset.records.cut_options import CutOptions

    settings = load_settings(workspace=workspace)
    flags = {
        "by": by or _implied_way(labels, transcript, every, silence, stream),
        "threshold": threshold,
        "silence_dbfs": silence,
        "pause_seconds": pause,
        "pad_seconds": pad,
        "min_seconds": min_seconds,
        "max_seconds": max_seconds,
        "merge_seconds": merge,
        "every_seconds": parse_length(every, "--every") if every else None,
        "overlap_seconds": parse_length(overlap, "--overlap") if overlap else None,
        "snap": True if snap is None and snap_seconds else snap,
        "snap_seconds": snap_seconds,
        "tier": tier,
        "stream": stream,
        "track": track,
        "channels": channels,
        "sampling_rate": sampling_rate,
    }
    given = {key: value for key, value in flags.items() if value is not None}
    options = CutOptions.from_mapping({**settings.cut_defaults, **given})
    lines = make_transcript(
        by_lines=options.by == "lines",
        path=transcript,
        takes=parse_takes(takes),
        voice=voice,
        lexicon=lexicon,
        aligner=aligner,
        second_opinion=second_opinion,
        column=column,
        speakers=speakers,
        anyway=anyway or None,
        max_doubtful=max_doubtful,
        strict=strict or max_doubtful is not None or None,
    )
    known = parse_facts(facts, {"speaker": speaker})
    if report is not None and report.is_dir():
        raise typer.BadParameter(f"{report} is a folder; name a file", param_hint="--report")
    with progress_bars() as progress:
        found = api.cut(
            sources,
            facts=known,
            options=options,
            labels=labels,
            transcript=lines,
            workers=workers,
            settings=settings,
            progress=progress,
        )
    show_cut(found, settings, as_json=as_json)
    if report is not None and any(source.lines for source in found.sources):
        say(f"listen to the takes: {api.write_line_page(found, report, settings=settings)}")
    if found.failed:
        raise typer.Exit(1)
    if found.refused:
        raise typer.Exit(3)


def _implied_way(
    labels: Path | None,
    transcript: Path | None,
    every: str | None,
    silence: float | None,
    stream: int | None,
) -> str | None:
    """Give the way to cut that an option alone asks for."""
    asked = [
        (word, way)
        for word, way, given in (
            ("--labels", "labels", labels),
            ("--transcript", "lines", transcript),
            ("--every", "windows", every),
            ("--silence", "silence", silence),
            ("--stream", "subtitles", stream),
        )
        if given is not None
    ]
    if len(asked) > 1:
        raise typer.BadParameter(
            f"{' and '.join(word for word, _ in asked)} are different ways to cut; give one"
        )
    return asked[0][1] if asked else None
