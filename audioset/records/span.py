"""Span: a part of a source; types that are more than that are made of two such edges as well."""

from typing import NamedTuple


class Span(NamedTuple):
    """A part `[start, end)` of a source, in seconds from its first decoded sample."""

    start_seconds: float
    end_seconds: float
