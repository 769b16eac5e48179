"""`audioset export csv` and `jsonl`: sound files, and beside them one table of all that is known.

A folder for each split with `metadata.csv` or `metadata.jsonl`, whose first column `file_name`
names the file: what any program reads, and what Hugging Face calls an audiofolder.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from audioset.interop.exporters.extra import (
    APART,
    fact_names,
    filled_columns,
    num_filled_maps,
    others_as_text,
)
from audioset.interop.exporters.webdataset import plain_values
from audioset.records.export_contracts import ExportFormat, ExportJob
from audioset.records.manifest import column_names

_RETURN = re.compile(r"\r\n?")


def _write_csv(job: ExportJob) -> None:
    table = TableOfClips(job)
    for split in job.splits:
        table.write(f"{split}/metadata.csv", split, sounds=split, first="file_name")


def _write_jsonl(job: ExportJob) -> None:
    for split in job.splits:
        with job.open(f"{split}/metadata.jsonl") as file:
            for clip in job.clips(job.rows_of(split)):
                job.write_clip(f"{split}/{clip.file_name}", clip)
                values = plain_values(clip.row, without=APART)
                line = {"file_name": clip.file_name, **values, "extra": clip.row["extra"]}
                file.write(json.dumps(line, ensure_ascii=False, allow_nan=False).encode() + b"\n")


class TableOfClips:
    """What is known of clips as a table: columns that any clip has, and further facts.

    Attributes:
        columns: of ours.
        facts: further facts, by the name of their column. All others stand as JSON in one column,
            `extra`: those of which the name cannot be that of a column, or all when they are many.
        header: the names of all columns.
    """

    def __init__(
        self,
        job: ExportJob,
        without: Collection[str] = (),
        fits: Callable[[str], object] = bool,
    ) -> None:
        self._job = job
        self.columns = [name for name in filled_columns(job.rows) if name not in without]
        names = fact_names(job.rows)
        self.facts = {name: key for key, name in names.items() if fits(name)}
        has_any = num_filled_maps(job.rows["extra"]) > 0
        self._has_others = has_any and not 0 < len(names) == len(self.facts)
        self.header = [*self.columns, *self.facts, *(["extra"] * self._has_others)]

    def write(self, name: str, split: str, *, sounds: str, first: str, inside: str = "") -> None:
        """Write the clips of a split, and a CSV file of them.

        Args:
            name: of the CSV file.
            split: of the clips.
            sounds: folder that their files go to.
            first: the heading of the column that names the files.
            inside: what stands before the names of the files in it.
        """
        with self._job.open(name) as file:
            text = io.TextIOWrapper(file, "utf-8", newline="")
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow([first, *self.header])
            for clip in self._job.clips(self._job.rows_of(split)):
                self._job.write_clip(f"{sounds}/{clip.file_name}", clip)
                writer.writerow([f"{inside}{clip.file_name}", *self._cells(clip.row)])
            text.detach()

    def _cells(self, row: Mapping[str, Any]) -> list[str]:
        """Give the row of a clip; nothing is an empty cell."""
        extra = row["extra"]
        in_columns = set(self.facts.values())
        left = {key: value for key, value in extra.items() if key not in in_columns}
        others = [others_as_text(left) or ""] if self._has_others else []
        own = [row[name] for name in self.columns]
        cells = [*own, *(extra.get(key) for key in self.facts.values())]
        if "" in cells:
            self._job.changed("with a column that says it is empty: as if it said nothing")
        if any("\r" in cell for cell in cells if isinstance(cell, str)):
            self._job.changed("with a carriage return in a column: a line break")
        return [*(_cell(value) for value in cells), *others]


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    # Readers of tables do not agree about which ends of lines stand inside of a cell.
    return "" if value is None else _RETURN.sub("\n", str(value))


CSV = ExportFormat(
    name="csv",
    summary="sound files with a metadata.csv of all that is known",
    write=_write_csv,
    holds=frozenset(column_names()),
)
JSONL = ExportFormat(
    name="jsonl",
    summary="sound files with a metadata.jsonl of all that is known",
    write=_write_jsonl,
    holds=frozenset(column_names()),
)
