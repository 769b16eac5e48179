"""Word documents as a program writes them that knows little of Word."""

import zipfile
from pathlib import Path

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def document(path: Path, body: str, **members: str) -> Path:
    """A Word document with this body; more members by name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>',
        )
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_bin", ".bin"), content)
    return path


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def table_document(path: Path, rows: list[tuple[object, ...]]) -> Path:
    """A document with one table."""
    cells = [[f"<w:tc>{paragraph(str(cell))}</w:tc>" for cell in row] for row in rows]
    body = "".join(f"<w:tr>{''.join(row)}</w:tr>" for row in cells)
    return document(path, f"<w:tbl>{body}</w:tbl>")
