"""The sections of a card that the data fill; what they do not tell is no section."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from audioset.pages.markdown import cell, format_length, markdown_table
from audioset.records.card_facts import CardFacts, SpeakerGroup
from audioset.records.description import GroupTotal
from audioset.records.identity import VersionRef
from audioset.records.manifest import MODEL_WRITER, columns
from audioset.wording import NOT_GIVEN, count

_MOST_ROWS = 12
_UNNAMED = "(not to be named)"
_WRITERS = {
    "human": "people",
    "subtitles": "subtitles",
    "transcript": "a transcript",
}


def sections_of(facts: CardFacts, ref: VersionRef, ways: Mapping[str, int]) -> list[str]:
    """Write the sections in their order, each with its heading.

    Args:
        facts: of the clips.
        ref: of the version.
        ways: recordings by how they were cut, as far as that is known.
    """
    made = (
        ("Splits", _splits(facts)),
        ("Speakers", _speakers(facts)),
        ("Language", _totals(facts.totals["language"], "language")),
        ("Licence and consent", _rights(facts)),
        ("How it was made", _making(facts, ways)),
        ("Texts", _texts(facts)),
        ("Quality", _quality(facts)),
        ("Known limits", _limits(facts, ref)),
        ("Other facts", _facts(facts)),  # last: they may be many, and a note of MLflow has an end
    )
    return [
        "\n\n".join((f"## {title}", *blocks))
        for title, found in made
        if (blocks := [block for block in found if block])
    ]


def _splits(facts: CardFacts) -> Iterator[str]:
    yield from _totals(facts.description.splits, "split")
    certificate = facts.certificate
    if certificate is None:
        return
    kinds = " or ".join(certificate.kinds)
    if certificate.is_clean:
        told = f"No clip shares {kinds} with a clip of another split"
    else:
        leaking = count(certificate.num_leaking, "clip")
        told = (
            f"**{leaking} share something with a clip of a split that is held out more**: "
            f"{certificate.verdict}. Looked for: {kinds}"
        )
    heard = "" if certificate.near_compared else "; by the manifest, the sound was not compared"
    yield f"{told}{heard}. Certificate over clips and splits: `{certificate.digest}`."


def _speakers(facts: CardFacts) -> Iterator[str]:
    for column, groups in facts.speakers.items():
        if any(group.name for group in groups):
            yield markdown_table(
                (column, "speakers", "clips", "length"), [_speaker_row(g) for g in _few(groups)]
            )
    speakers = facts.description.speakers
    named = [group for group in speakers if group.name not in facts.anonymous]
    hidden = [group for group in speakers if group.name in facts.anonymous]
    rows = _rows(named)
    if hidden:
        rows.append(_sum_row(f"{count(len(hidden), 'speaker')} {_UNNAMED}", hidden))
    if any(group.name for group in speakers):
        yield markdown_table(("speaker", "clips", "length"), rows)


def _facts(facts: CardFacts) -> Iterator[str]:
    for name, totals in facts.facts.items():
        yield from _totals(totals, cell(name))


def _rights(facts: CardFacts) -> Iterator[str]:
    for column in ("licence", "consent"):
        found = list(_totals(facts.totals[column], column))
        yield from found or [f"Of no clip a {column} is given."]


def _making(facts: CardFacts, ways: Mapping[str, int]) -> Iterator[str]:
    told = facts.description
    sound = [
        (name, unit, facts.values(column))
        for name, column, unit in (
            ("sampling rate", "sampling_rate", " Hz"),
            ("channels", "channels", ""),
            ("bits per sample", "bit_depth", ""),
        )
    ]
    lines = [f"cut from {count(len(told.sources), 'recording')}"]
    lines += [
        f"{count(number, 'recording')} cut by {cell(way)}"
        for way, number in list(ways.items())[:_MOST_ROWS]
    ]
    if facts.num_of_lines:
        lines.append(f"{count(facts.num_of_lines, 'clip')} found by a line of a transcript")
    lines += [
        f"{count(total.num_clips, 'clip')} placed by {cell(total.name)}"
        for total in facts.totals["aligner"][:_MOST_ROWS]
        if total.name
    ]
    lines += [
        f"{name}: {', '.join(f'{value}{unit}' for value in values[:_MOST_ROWS])}"
        for name, unit, values in sound
    ]
    lines.append(
        f"judged by people: {told.num_accepted:,} accepted, "
        f"{told.num_unjudged:,} that nobody judged"
    )
    yield "\n".join(f"- {line}" for line in lines)


def _texts(facts: CardFacts) -> Iterator[str]:
    told = facts.description
    if not told.text_sources:
        return
    rows = [
        (_writer(source), f"{number:,}")
        for source, number in list(told.text_sources.items())[:_MOST_ROWS]
    ]
    more = len(told.text_sources) - len(rows)
    if more:
        rest = sum(list(told.text_sources.values())[_MOST_ROWS:])
        rows.append((f"{more:,} others", f"{rest:,}"))
    yield markdown_table(("written by", "clips"), rows)
    if told.text_errors:
        yield markdown_table(
            ("against texts of people", "clips", "words wrong", "characters wrong"),
            [
                (
                    _writer(errors.model),
                    f"{errors.num_clips:,}",
                    f"{errors.word_error_rate:.1%}",
                    f"{errors.character_error_rate:.1%}",
                )
                for errors in told.text_errors[:_MOST_ROWS]
            ],
        )


def _writer(source: str) -> str:
    if found := MODEL_WRITER.fullmatch(source):
        return f"the model {cell(found['name'])}, version {cell(found['version'])}"
    return _WRITERS.get(source, cell(source))


def _quality(facts: CardFacts) -> Iterator[str]:
    units = {entry.name: entry.metadata["unit"] for entry in columns(group="quality")}
    rows = [
        (
            f"`{summary.column}`",
            units[summary.column],
            *(f"{value:.2f}" for value in (summary.mean, summary.min, summary.max)),
            f"{summary.count:,}",
        )
        for summary in facts.description.quality
        if summary.count and math.isfinite(summary.mean)
    ]
    if rows:
        yield markdown_table(("measured", "unit", "mean", "least", "most", "clips"), rows)


def _limits(facts: CardFacts, ref: VersionRef) -> Iterator[str]:
    """List what a user should know before anything goes wrong, from what the data lack."""
    told = facts.description
    no_speaker = sum(group.num_clips for group in told.speakers if group.name is None)
    no_split = sum(group.num_clips for group in told.splits if group.name is None)
    counted = [
        (told.num_clips - told.num_with_text, "without a text"),
        (facts.num_unconfirmed, "with a text that a model wrote and no person confirmed"),
        (no_speaker, "without a speaker"),
        (facts.num_without("language"), "without a language"),
        (facts.num_without("licence"), "without a licence"),
        (facts.num_without("consent"), "of which no consent is noted"),
        (told.num_unjudged, "that nobody listened to and judged"),
        (no_split, "in no split"),
        (facts.num_flagged, f"with flags: {_flags(facts)}"),
    ]
    lines = [f"{number:,} of {told.num_clips:,} clips {what}" for number, what in counted if number]
    if facts.certificate is not None and not facts.certificate.is_clean:
        lines.append(f"splits leak: {facts.certificate.verdict}")
    if len(facts.values("sampling_rate")) > 1:
        lines.append("clips differ in their sampling rates")
    if told.num_withdrawn:
        lines.append(
            f"{count(told.num_withdrawn, 'clip')} withdrawn since it was published; {ref} opens "
            "without them, and its digest still counts them"
        )
    yield "\n".join(f"- {line}" for line in lines) or "None that the data tell of."


def _flags(facts: CardFacts) -> str:
    found = [f"{cell(flag)} {number:,}" for flag, number in facts.flags.items()]
    more = len(found) - _MOST_ROWS
    return ", ".join(found[:_MOST_ROWS]) + (f" and {more:,} others" if more > 0 else "")


def _totals(totals: Sequence[GroupTotal], name: str) -> Iterator[str]:
    if any(total.name for total in totals):
        yield markdown_table((name, "clips", "length"), _rows(totals))


def _rows(totals: Sequence[GroupTotal]) -> list[tuple[str, ...]]:
    rows = [_row(total) for total in totals[:_MOST_ROWS]]
    rest = totals[_MOST_ROWS:]
    return [*rows, _sum_row(f"{len(rest):,} others", rest)] if rest else rows


def _row(total: GroupTotal) -> tuple[str, ...]:
    return _sum_row(NOT_GIVEN if total.name is None else cell(total.name), [total])


def _sum_row(name: str, totals: Iterable[GroupTotal]) -> tuple[str, ...]:
    found = list(totals)
    return (
        name,
        f"{sum(total.num_clips for total in found):,}",
        format_length(sum(total.length_seconds for total in found)),
    )


def _few(groups: Sequence[SpeakerGroup]) -> list[SpeakerGroup]:
    shown, rest = list(groups[:_MOST_ROWS]), groups[_MOST_ROWS:]
    if rest:
        shown.append(
            SpeakerGroup(
                name=f"{len(rest):,} others",
                num_speakers=sum(group.num_speakers for group in rest),
                num_clips=sum(group.num_clips for group in rest),
                length_seconds=sum(group.length_seconds for group in rest),
            )
        )
    return shown


def _speaker_row(group: SpeakerGroup) -> tuple[str, ...]:
    return (
        NOT_GIVEN if group.name is None else cell(group.name),
        f"{group.num_speakers:,}",
        f"{group.num_clips:,}",
        format_length(group.length_seconds),
    )
