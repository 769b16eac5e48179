"""What several screens show alike."""

import shlex
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show
from audioset.cli.text import clean
from audioset.records.speaker_names import naming_command
from audioset.wording import count, format_hms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from audioset.records.agreement import PairAgreement, VerdictAgreement
    from audioset.records.split_report import SplitCertificate, SplitTotal

_DIGEST_SHOWN = 12
_LEAKS_SHOWN = 10
_NAMES_SAID = 5
# A screen of rows: nobody reads more of a kind, and what was said before them scrolls away.
MOST_ROWS = 30


def short_digest(digest: str) -> str:
    """Give as much of a digest as tells it from others."""
    return digest[:_DIGEST_SHOWN]


def show_some(
    columns: "Sequence[str]",
    rows: "Sequence[Sequence[str]]",
    *,
    things: str,
    show_all: bool | None = None,
    newest: bool = False,
    title: str | None = None,
) -> None:
    """Show a table of at most a screen of rows, and say how many more there are.

    Args:
        columns, title: as for `make_table`.
        rows: all of them.
        things: what the rows are, for words: "problems".
        show_all: whether all were asked for; None where the command has no `--all`.
        newest: of rows in order of time, the last ones are shown, not the first.
    """
    more = 0 if show_all else max(0, len(rows) - MOST_ROWS)
    shown = rows if not more else rows[more:] if newest else rows[:MOST_ROWS]
    if shown:
        show(make_table(columns, shown, title=title))
    if more:
        kind = f"earlier {things}" if newest else f"more {things}"
        say(f"{more:,} {kind}: " + ("--json has all" if show_all is None else "--all shows them"))


def say_without_audio(num_clips: int) -> None:
    """Say how many clips could not be compared by their sound."""
    if num_clips:
        say(f"{count(num_clips, 'clip')} could not be compared: no audio here that can be read")


def say_held_as_one(certificate: "SplitCertificate") -> None:
    """Say which names were held to be of one speaker, and how they become one."""
    for names in certificate.one_speaker[:_NAMES_SAID]:
        say(
            f"held to be one speaker: {', '.join(map(shlex.quote, names))}; if they are, name them "
            f"alike: {naming_command(names[1:], names[0])}"
        )
    if len(certificate.one_speaker) > _NAMES_SAID:
        more = len(certificate.one_speaker) - _NAMES_SAID
        say(f"and {more:,} more names in several spellings; --json gives all")


def show_splits(certificate: "SplitCertificate") -> None:
    """Show what each split holds."""
    heads = ["split", ">clips", ">groups", ">speakers", ">length", ">share", ">wanted"]
    rows = [_split_row(total) for total in certificate.splits]
    if not any(row[-1] for row in rows):  # nothing was asked for
        heads, rows = heads[:-1], [row[:-1] for row in rows]
    show(make_table(heads, rows), "")


def show_leaks(certificate: "SplitCertificate") -> None:
    """Show the first clips that leak, and with what."""
    if certificate.is_clean:
        return
    rows = [
        (leak.clip_id, leak.split, ", ".join(leak.kinds), leak.other_id, leak.other_split)
        for leak in certificate.examples[:_LEAKS_SHOWN]
    ]
    show(make_table(["leaks", "in", "~shares", "~with", "in"], rows), "")


def tell_verdict(certificate: "SplitCertificate") -> str:
    """Tell whether anything leaks, and how many pairs were looked at to know."""
    edges = ", ".join(f"{kind} {number:,}" for kind, number in certificate.edges.items())
    return f"leaks: {certificate.verdict} (pairs that share something: {edges})"


def _split_row(total: "SplitTotal") -> "Sequence[str]":
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


def format_value(value: object) -> str:
    """Say the value of a decision."""
    named = {None: "(emptied)", True: "yes", False: "no"}
    return named[value] if value is None or isinstance(value, bool) else clean(str(value))


def describe_pairs(pairs: "Iterable[PairAgreement]") -> "Iterator[str]":
    """Say how alike each two reviewers judge."""
    for pair in pairs:
        how = "blind" if pair.blind else "where the later may have seen the earlier's word"
        yield f"{clean(' and '.join(pair.reviewers))}, {how}:"
        if pair.verdicts:
            yield f"  {_verdicts(pair.verdicts)}"
        if texts := pair.texts:
            yield (
                f"  texts of {count(texts.num_clips, 'clip')}: "
                f"{texts.num_agreed / texts.num_clips:.1%} the same"
                + (
                    f", {texts.word_error_rate:.1%} of words and "
                    f"{texts.character_error_rate:.1%} of characters differ"
                    if texts.word_error_rate is not None
                    else ""
                )
            )
        if edges := pair.edges:
            yield (
                f"  edges of {count(edges.num_clips, 'clip')}: half within "
                f"{edges.median_milliseconds:,.0f} ms, 95 of 100 within "
                f"{edges.p95_milliseconds:,.0f} ms"
            )


def _verdicts(verdicts: "VerdictAgreement") -> str:
    same = f"{verdicts.num_agreed / verdicts.num_clips:.1%} the same"
    if verdicts.kappa is None:  # the only verdict that both gave
        (word,) = verdicts.counts
        kappa = f"kappa is not defined where both always say {word}"
    else:
        kappa = f"kappa {verdicts.kappa:.2f}"
    return f"verdicts of {count(verdicts.num_clips, 'clip')}: {same}, {kappa}"
