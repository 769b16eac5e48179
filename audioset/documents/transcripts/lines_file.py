"""What reading a transcript gives, and the rows that it is made of."""

from dataclasses import dataclass

from audioset.records.lines import Line, Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesFile:
    """The lines of one transcript.

    Attributes:
        format: "txt", "docx", "csv" or "xlsx".
        lines: in file order, numbered from 1.
        problems: one short sentence each for what had to be left out, with its place.
        file_column: of a table for several recordings, the one that says which row is whose.
        files: what stands there, of each row that has words, those of other recordings too.
    """

    format: str
    lines: tuple[Line, ...]
    problems: tuple[str, ...] = ()
    file_column: str | None = None
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """One row of a file before it is a line.

    Attributes:
        place: where it stands, for messages: "line 7", "paragraph 7", "row 7".
        text: as written, one line.
        speaker: of a column of its own.
        takes: of a column of its own.
        writer: of columns of their own; the text is then taken as it stands.
        facts: (manifest column, value), of columns of their own.
        written: as it stands in the file, where something was taken out that nobody says.
        file: what a table for several recordings says of whose it is; "" where it says nothing.
        file_column: the column that says so.
    """

    place: str
    text: str
    speaker: str | None = None
    takes: int | None = None
    writer: Writer | None = None
    facts: tuple[tuple[str, str], ...] = ()
    written: str | None = None
    file: str | None = None
    file_column: str | None = None
