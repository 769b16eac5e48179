"""Cues of which the numbers count something else than seconds."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from audioset.records.cue import Cue
from audioset.records.time_unit import TimeUnit


def in_unit(cues: Sequence[Cue], unit: TimeUnit) -> list[Cue]:
    """Give cues of which the times were read as seconds and are numbers of another unit."""

    def seconds(number: float) -> float:
        return float(unit.seconds(Decimal(repr(number))))

    return [
        replace(cue, start_seconds=seconds(cue.start_seconds), end_seconds=seconds(cue.end_seconds))
        for cue in cues
    ]
