"""How much of a sound lines explain as a synthetic voice says them, before anything is learnt."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from audioset.hearing.align.ear.features import Features
from audioset.hearing.align.grid import BEAM, COARSE, Grid
from audioset.hearing.align.sections import make_agenda
from audioset.hearing.align.voices.templates import Templates

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def explained(
    features: Features,
    cepstra: "NDArray[np.float32]",
    templates: Templates,
    copies: Sequence[int | None],
) -> float:
    """Give how much better lines are than speech that is no line; 0 is not at all.

    Leaving lines out is free: how many of them are said here is not known.

    Args:
        features: of the sound.
        cepstra: of the sound, normalised.
        templates: the lines.
        copies: how often each is said; None = unknown.
    """
    agenda = make_agenda(copies, (), len(features))
    agenda = replace(agenda, free=(True,) * len(agenda.order))
    grid = Grid(features, cepstra, agenda, [templates], factor=COARSE)
    emission = grid.emission()
    spans = grid.placed(grid.decode(emission, beam=BEAM), emission)
    return -sum(span.cost * (span.end - span.start) for span in spans)
