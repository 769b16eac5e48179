"""The command split, and what it shows."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options import FOUND_PROBLEMS, Catalog, Json, Store, Workspace, require_shares
from audioset.cli.render import make_table, progress_bars, say, show, write_json, write_line
from audioset.cli.text import count, format_hms
from audioset.settings import load_settings

if TYPE_CHECKING:
    from audioset.records.split_report import SplitCertificate, SplitReport, SplitTotal

_SHOWN = 10


def split(
    train: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="Share of the length for training; what is left by default, 0.8.",
        ),
    ] = None,
    validation: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="Share for validation (0.1)."),
    ] = None,
    test: Annotated[
        float | None, typer.Option(metavar="SHARE", help="Share for test (0.1).")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="KINDS",
            help="What splits must not share: speaker,source,sentence,takes,duplicates by default.",
        ),
    ] = None,
    min_words: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Shorter sentences may be shared (4): everybody says yes and thank you.",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Draw by this number; that of 0 to 99 nearest to the shares by default.",
        ),
    ] = None,
    anew: Annotated[
        bool,
        typer.Option(
            "--anew",
            help="Let clips change sides too, but for what people decided; test splits of earlier "
            "versions are then no longer held out.",
        ),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Record the splits; without it, they are only shown.")
    ] = False,
    workspace: Workspace = None,
    store: Store = None,
    catalog: Catalog = None,
    as_json: Json = False,
) -> None:
    """Divide clips into train, validation and test so that nothing leaks between them.

    Clips that share something stay together, and a clip never leaves its split as the dataset
    grows: new clips join those that they share something with, or get no split where they would
    leak. Splits that people decide hold. Exit code 3 when splits that are held leak.
    """
    from audioset import api
    from audioset.records.split_report import SplitOptions

    require_shares({"--train": train, "--validation": validation, "--test": test})
    settings = load_settings(workspace=workspace, store=store, catalog=catalog)
    given = {
        "train": train,
        "validation": validation,
        "test": test,
        "by": by,
        "min_words": min_words,
        "seed": seed,
    }
    flags = {key: value for key, value in given.items() if value is not None}
    options = SplitOptions.from_mapping({**settings.split_defaults, **flags})
    with progress_bars() as progress:
        report = api.split(
            options=options, anew=anew, dry_run=not yes, settings=settings, progress=progress
        )
    show_split(report, wrote=yes, as_json=as_json)
    usual = SplitOptions.from_mapping(settings.split_defaults)
    if (options.by, options.min_words) != (usual.by, usual.min_words):
        say(
            "so that audioset check looks for the same, write under [split] in audioset.toml: "
            f'by = "{",".join(options.by)}", min_words = {options.min_words}'
        )
    if not report.certificate.is_clean:
        raise typer.Exit(FOUND_PROBLEMS)


def show_split(report: "SplitReport", *, wrote: bool, as_json: bool) -> None:
    """Show what each split gets, what was left out, and whether anything leaks."""
    if as_json:
        write_json(report)
        return
    heads = ["split", ">clips", ">groups", ">speakers", ">length", ">share", ">wanted"]
    show(make_table(heads, [_row(total) for total in report.certificate.splits]), "")
    _show_left_out(report)
    _show_leaks(report.certificate)
    whole = sum(total.length_seconds for total in report.certificate.splits)
    write_line(
        f"kept {_share(report.kept_seconds, whole)} of the length; whole speakers at random, and "
        f"what leaks dropped, would keep {_share(report.dropping_seconds, whole)}"
    )
    edges = ", ".join(f"{kind} {number:,}" for kind, number in report.certificate.edges.items())
    write_line(f"leaks: {report.certificate.verdict} (pairs that share something: {edges})")
    _say_more(report)
    if report.num_decisions:
        say(f"{count(report.num_decisions, 'decision')} recorded; audioset publish takes them up")
    elif not report.changes:
        say("nothing to change")
    elif not wrote:
        say(f"nothing was changed; --yes records {count(len(report.changes), 'decision')}")


def _row(total: "SplitTotal") -> tuple[str, ...]:
    wanted = "" if total.wanted_share is None else f"{total.wanted_share:.1%}"
    return (
        total.name or "no split",
        f"{total.num_clips:,}",
        f"{total.num_groups:,}",
        f"{total.num_speakers:,}",
        format_hms(total.length_seconds),
        f"{total.share:.1%}",
        wanted,
    )


def _show_left_out(report: "SplitReport") -> None:
    if not report.left_out:
        return
    rows = [
        (clip.clip_id, ", ".join(clip.splits), ", ".join(clip.kinds))
        for clip in report.left_out[:_SHOWN]
    ]
    show(make_table(["no split: would leak", "~to", "~by"], rows), "")
    if len(report.left_out) > _SHOWN:
        say(f"{len(report.left_out) - _SHOWN:,} more get no split; --json gives all")


def _show_leaks(certificate: "SplitCertificate") -> None:
    if certificate.is_clean:
        return
    rows = [
        (leak.clip_id, leak.split, ", ".join(leak.kinds), leak.other_id, leak.other_split)
        for leak in certificate.examples[:_SHOWN]
    ]
    show(make_table(["leaks", "in", "~shares", "~with", "in"], rows), "")
    say(
        f"{count(certificate.num_leaking, 'clip')} that were put into their splits before leak: "
        "decide or reject them by hand (audioset decide), or divide all clips again with --anew"
    )


def _say_more(report: "SplitReport") -> None:
    """Tell who put the clips where, and what keeps the shares from being met."""
    seed = f" (seed {report.options.seed})" if report.num_new else ""
    say(
        f"{report.num_new:,} newly placed{seed}, {report.num_kept:,} stay, "
        f"{report.num_by_people:,} by people, {len(report.left_out):,} without a split"
    )
    if report.num_withdrawn:
        say(f"{count(report.num_withdrawn, 'clip')} not divided: withdrawn (audioset forget)")
    if report.largest_joined_by is not None:
        say(
            f"{report.largest_group_share:.0%} of the length hang together, mostly by "
            f"{report.largest_joined_by}: the shares cannot be met; --by without "
            f"{report.largest_joined_by} would divide them"
        )
    empty = [t.name for t in report.certificate.splits if t.wanted_share and not t.num_clips]
    if empty:
        say(
            f"{' and '.join(map(str, empty))} stays empty: there are only "
            f"{count(report.certificate.num_groups, 'group')} of clips; another --seed may do"
        )
    if report.certificate.num_without_audio:
        missing = count(report.certificate.num_without_audio, "clip")
        say(f"{missing} could not be compared: no audio here that can be read")


def _share(seconds: float, whole: float) -> str:
    return f"{seconds / whole:.1%}" if whole else "0.0%"
