"""Floor 0: what becomes of items of long work, and how they travel to where it is done."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from audioset.errors import InvalidInputError
from audioset.machine import tell_once
from audioset.workers import ItemTold, packed

Item = TypeVar("Item")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Item, Value]):
    """What became of one item: exactly one of `value` and `error` is set."""

    item: Item
    value: Value | None = None
    error: Exception | None = None

    def get(self) -> Value:
        """Give the value, or raise the error."""
        if self.error is not None:
            raise self.error
        return cast("Value", self.value)


def packed_items(items: list[Item]) -> bytes:
    """Pack items that travel together.

    Raises:
        InvalidInputError: one of them cannot be sent to another process.
    """
    try:
        return packed(items, str(items[0]))
    except InvalidInputError:
        for item in items:  # tells which of them it is
            packed(item, str(item))
        raise


def outcome_of(item: Item, told: ItemTold) -> Outcome[Item, Any]:
    """Give the outcome of an item of which a worker told; its warnings are told here, once."""
    value, error, words = told
    for text in words:
        tell_once(text)
    return Outcome(item, value, error)
