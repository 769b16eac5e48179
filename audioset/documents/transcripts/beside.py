"""A transcript that lies beside a source under its name."""

import unicodedata
from pathlib import Path

from audioset.documents.cues.beside import is_labels

# Best first: what is called lines is meant; then what people type, then tables.
_ENDINGS = (".lines.txt", ".lines.csv", ".lines.xlsx", ".txt", ".docx", ".csv", ".tsv", ".xlsx")


def find_lines_beside(source: Path) -> Path | None:
    """Find the transcript with the source's name in the source's folder.

    `talk.mp4` has `talk.lines.txt`, `talk.lines.csv`, `talk.lines.xlsx`, `talk.txt`, `talk.docx`,
    `talk.csv`, `talk.tsv` or `talk.xlsx`, in this order; the ending may be in large or small
    letters. A `.txt` that holds labels or captions is none.
    """
    stem = unicodedata.normalize("NFC", source.stem)
    try:
        names = {
            unicodedata.normalize("NFC", path.name): path
            for path in sorted(source.absolute().parent.iterdir())
            if path.is_file() and path.name != source.name
        }
    except OSError:
        return None
    for ending in _ENDINGS:
        for name, path in names.items():
            fits = name.startswith(stem) and name[len(stem) :].lower() == ending
            if fits and not (ending == ".txt" and is_labels(path)):
                return source.with_name(path.name)
    return None
