"""From the words of `audioset decide` to decisions."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from audioset.catalog.decisions import Decision


def collect_decisions(
    clips: Sequence[str],
    speaker: str | None,
    values: Mapping[str, str],
    table: Path | None,
) -> "list[Decision]":
    """Make one decision per subject and value, or those of a table.

    Args:
        clips: ids of clips.
        speaker: decides for all clips of this speaker; not together with clips.
        values: field to value, as typed; read as the field's type.
        table: CSV with decisions; not together with clips or a speaker.

    Raises:
        typer.BadParameter: no subject or several kinds of them, or nothing to decide.
        InvalidInputError: a value that its field cannot have, or the table cannot be used.
    """
    if sum((bool(clips), speaker is not None, table is not None)) != 1:
        raise typer.BadParameter("name clips, or --speaker, or --from; one of the three")
    if table is not None:
        from audioset.documents.decisions import read_decision_table

        if values:
            raise typer.BadParameter("with --from, the table holds all values")
        return read_decision_table(table)
    if not values:
        raise typer.BadParameter(
            "nothing to decide; give --text, --accept, --reject, --split or --set key=value"
        )
    return _make_decisions(clips, speaker, values)


def _make_decisions(
    clips: Sequence[str], speaker: str | None, words: Mapping[str, str]
) -> "list[Decision]":
    from audioset.catalog.decisions import Decision
    from audioset.catalog.fields import parse_value

    values = {field: parse_value(field, word) for field, word in words.items()}
    if speaker is not None:
        return [Decision("speaker", speaker, field, value) for field, value in values.items()]
    return [
        Decision("clip", clip, field, value) for clip in clips for field, value in values.items()
    ]
