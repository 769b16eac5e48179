"""Plain text: one phrase per line; blank lines and `#` comments say nothing."""

from audioset.curation.lines.lines_file import Phrase


def parse_plain(text: str) -> list[Phrase]:
    r"""Read phrases of text with line ends as `\n`."""
    phrases = []
    for number, row in enumerate(text.split("\n"), 1):
        words = " ".join(row.split())
        if words and not words.startswith("#"):
            phrases.append(Phrase(place=f"line {number}", text=words))
    return phrases
