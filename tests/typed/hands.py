"""What tutorials ask for in words: a cell of a spreadsheet is changed, clips are judged.

python -m tests.typed.hands write TABLE COLUMN OLD NEW   the first cell of this text gets another
python -m tests.typed.hands drop TABLE COLUMN TEXT       the row goes in which it stands
python -m tests.typed.hands ids SQL NUMBER               prints so many clips of which this holds
python -m tests.typed.hands review SQL OPTION ...        on the page of `audioset review OPTION`,
    rejects those, accepts the others in the order in which they come, and ends it by Ctrl-C
"""

import sys
from pathlib import Path
from typing import Any

import openpyxl

import audioset
from tests.review.reviewing import reviewing
from tests.review_server.asking import Asker, decide


def write(table: str, column: str, old: str, new: str) -> None:
    book, cell = _find(table, column, old)
    cell.value = new
    book.save(table)


def drop(table: str, column: str, text: str) -> None:
    book, cell = _find(table, column, text)
    cell.parent.delete_rows(cell.row)
    book.save(table)


def _find(table: str, column: str, text: str) -> tuple[Any, Any]:
    """Give a workbook, and the first cell in a column with this text."""
    book = openpyxl.load_workbook(table)
    for sheet in book:
        names = [cell.value for cell in sheet[1]]
        if column in names:
            cells = (
                sheet.cell(row, names.index(column) + 1) for row in range(2, sheet.max_row + 1)
            )
            return book, next(cell for cell in cells if (cell.value or "") == text)
    raise LookupError(f"{table} has no column {column}")


def ids(where: str, most: str) -> None:
    sys.stdout.write(" ".join(clips_of(where)[: int(most)]))


def clips_of(where: str) -> list[str]:
    """Give ids of clips of the workspace."""
    return audioset.open_workspace().to_pandas(where=where)["clip_id"].tolist()


def review(where: str, *options: str) -> None:
    bad = clips_of(where)
    with reviewing(Path.cwd(), *options) as server:
        ask = Asker(server.address)
        for clip_id in ask.get("/api/queue").json["columns"]["clip_id"]:
            body = decide(clip_id, "accepted", clip_id not in bad, op_id=f"{options} {clip_id}")
            answer = ask.post("/api/decisions", body)
            assert answer.status == 200, answer.body
        assert server.stop() == 0, server.told
    sys.stdout.write("".join(server.told))


if __name__ == "__main__":
    {"write": write, "drop": drop, "ids": ids, "review": review}[sys.argv[1]](*sys.argv[2:])
