"""Floor 4a: the dataset card of a version, as Markdown; what people wrote is escaped in it."""

from audioset.pages.card.version_card import card_of_rows, card_of_version
from audioset.pages.card.words import CardWords

__all__ = ["CardWords", "card_of_rows", "card_of_version"]
