"""How far texts are from each other, in words and in characters."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class TextEdits:
    """Running counts over pairs of texts.

    Attributes:
        words, other_words: in the first texts, and in the second ones.
        word_edits: substituted, deleted and inserted from the first to the second.
        characters, other_characters, character_edits: likewise.
    """

    words: int = 0
    other_words: int = 0
    word_edits: int = 0
    characters: int = 0
    other_characters: int = 0
    character_edits: int = 0

    def add(self, texts: Sequence[str], others: Sequence[str]) -> None:
        """Count pairs of texts of the same place; both normalised, the first ones not empty."""
        import jiwer

        words = jiwer.process_words(list(texts), list(others))
        self.words += words.hits + words.substitutions + words.deletions
        self.other_words += words.hits + words.substitutions + words.insertions
        self.word_edits += words.substitutions + words.deletions + words.insertions
        found = jiwer.process_characters(list(texts), list(others))
        self.characters += found.hits + found.substitutions + found.deletions
        self.other_characters += found.hits + found.substitutions + found.insertions
        self.character_edits += found.substitutions + found.deletions + found.insertions
