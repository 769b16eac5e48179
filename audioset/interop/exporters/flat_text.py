"""Texts in formats where a line is a row: what would break it is replaced, and that is told."""

import re

from audioset.records.export_contracts import ExportJob

_BREAKS = re.compile(r"[\s\x00-\x1f\x7f\u2028\u2029]+")


def one_line(job: ExportJob, text: str | None, mark: str = "", *, of: str = "text") -> str:
    """Give a text that is one line, without the mark that separates columns.

    Args:
        job: is told of a text that is written otherwise.
        text: as it is; None for none.
        mark: that separates columns; each becomes a comma.
        of: what it is, for what is told.
    """
    given = text or ""
    line = _BREAKS.sub(" ", given).strip()
    if line != given:
        job.changed(f"with line breaks or several spaces in the {of}: one space each")
    if mark and mark in line:
        job.changed(f"with {mark} in the {of}: a comma each")
        line = line.replace(mark, ",")
    return line
