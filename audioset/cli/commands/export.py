"""The command `export`: a version in the format of others."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from audioset.cli.options.shared import Address, Engine, Json, Reference, Workers
from audioset.cli.options.values import either, parse_size
from audioset.cli.render import progress_bars
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Versions",
    where=("store",),
    examples="""
        audioset export huggingface scots@v3 scots-hf/
        audioset export kaldi scots@v3 data/ --sampling-rate 16000 --channels mix
        audioset export webdataset scots@v3 tars/ --part-size 500MB
        audioset export ljspeech scots@v3 tts/ --where "speaker = 'isla'"
        audioset export lhotse-shar scots@v3 s3://bucket/scots/ --split train
    """,
)
def export(
    ws: "Workspace",
    *,
    format: Annotated[str, typer.Argument(metavar="FORMAT", help="See docs/export.md.")],
    reference: Reference,
    to: Annotated[
        str,
        typer.Argument(
            metavar="TO", help="A folder, made when missing and else empty, or s3://bucket/prefix."
        ),
    ],
    where: Annotated[
        str | None,
        typer.Option(metavar="CONDITION", help="Take only clips for which this SQL holds."),
    ] = None,
    splits: Annotated[
        list[str] | None,
        typer.Option("--split", metavar="NAME", help="Only train, validation or test; repeatable."),
    ] = None,
    sampling_rate: Annotated[
        int | None,
        typer.Option(metavar="HZ", help="Of the clips that are written; as they are by default."),
    ] = None,
    channels: Annotated[
        str | None,
        typer.Option(metavar="mix", help="Write the mean of several channels as one."),
    ] = None,
    text_column: Annotated[
        str, typer.Option(metavar="NAME", help="Column or further fact that is the text.")
    ] = "text",
    audio: Annotated[
        Literal["flac", "wav"] | None,
        typer.Option(
            metavar="flac|wav",
            parser=either("flac", "wav"),
            help="How sound is written; the format's own choice by default.",
        ),
    ] = None,
    part_bytes: Annotated[
        int | None,
        typer.Option(
            "--part-size",
            "--tar-size",
            metavar="SIZE",
            parser=parse_size,
            help="About how large a file of many clips becomes: 64MiB; 500MB by default.",
        ),
    ] = None,
    push: Annotated[
        str | None,
        typer.Option(
            metavar="REPOSITORY",
            help="huggingface: send the folder to this repository of the Hub too; needs a token.",
        ),
    ] = None,
    workers: Workers = None,
    engine: Engine = None,
    address: Address = None,
    as_json: Json = False,
) -> None:
    """Write a version, or a part of one, in the format of others.

    Rejected and withdrawn clips stay out, and what the format has no place for is told. A folder
    appears when all of it is whole. docs/export.md lists formats, and what each of them holds.
    """
    from audioset.cli.screens.versions.export import show_exported

    with progress_bars() as progress:
        report = ws.export(
            format,
            reference,
            to,
            where=where,
            splits=tuple(splits or ()),
            sampling_rate=sampling_rate,
            channels=channels,
            text_column=text_column,
            audio=audio,
            part_bytes=part_bytes,
            push=push,
            workers=workers,
            engine=engine,
            address=address,
            progress=progress,
        )
    show_exported(report, as_json=as_json)
