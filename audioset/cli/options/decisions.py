"""From the words of `audioset decide` to decisions."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

import typer

if TYPE_CHECKING:
    from audioset.catalog.decisions import Decision


def collect_decisions(
    clips: Sequence[str],
    speakers: Sequence[str],
    values: Mapping[str, str],
) -> "list[Decision]":
    """Make one decision per subject and value.

    Args:
        clips: ids of clips.
        speakers: decides for all clips of these speakers; not together with clips.
        values: field to value, as typed; read as the field's type.

    Raises:
        typer.BadParameter: no subject or several kinds of them, or nothing to decide.
        InvalidInputError: a value that its field cannot have.
    """
    if bool(clips) == bool(speakers):
        raise typer.BadParameter("name clips, or --speaker, or --from; one of the three")
    if not values:
        raise typer.BadParameter(
            "nothing to decide; give --text, --accept, --reject, --unsure, --split, --note, --tag "
            "or --set key=value"
        )
    return _make_decisions(clips, speakers, values)


def verdict_of(accept: bool | None, *, unsure: bool) -> str | None:
    """Give the word for a verdict; None where none was said.

    Raises:
        typer.BadParameter: two were.
    """
    if unsure and accept is not None:
        raise typer.BadParameter("--unsure goes with neither --accept nor --reject")
    if unsure:
        return "unsure"
    return None if accept is None else str(accept)


def tags_of(set_: Sequence[str], taken_off: Sequence[str]) -> dict[str, str]:
    """Give the words for tags that are set and taken off, by field.

    Raises:
        typer.BadParameter: one is both.
        InvalidInputError: it cannot name a tag.
    """
    from audioset.catalog.fields import tag_field

    on, off = [dict.fromkeys(map(tag_field, names)) for names in (set_, taken_off)]
    for field in on:
        if field in off:
            raise typer.BadParameter(f"{field.partition(':')[2]!r} is both set and taken off")
    return {**dict.fromkeys(on, "true"), **dict.fromkeys(off, "")}


def require_table_alone(
    table: Path | None, of_tables: Mapping[str, object], *, said: bool
) -> TypeGuard[Path]:
    """Tell whether a table decides; nothing else does then.

    Args:
        table: that was named.
        of_tables: flags that go with a table, and what was said with them.
        said: clips, a speaker or values were named.

    Raises:
        typer.BadParameter: a table and other words, or flags of tables without one.
    """
    if table is None:
        flags = [flag for flag, value in of_tables.items() if value]
        if flags:
            raise typer.BadParameter(f"{flags[0]} goes with a table; name one with --from")
        return False
    if said:
        raise typer.BadParameter(
            "name clips, or --speaker, or --from; with --from the table holds all values"
        )
    return True


def _make_decisions(
    clips: Sequence[str], speakers: Sequence[str], words: Mapping[str, str]
) -> "list[Decision]":
    from audioset.catalog.decisions import Decision
    from audioset.catalog.fields import parse_value

    values = {field: parse_value(field, word) for field, word in words.items()}
    of_clips = [
        Decision("clip", clip, field, value) for clip in clips for field, value in values.items()
    ]
    return of_clips or [
        Decision("speaker", name, field, value)
        for name in dict.fromkeys(speakers)
        for field, value in values.items()
    ]
