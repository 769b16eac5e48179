"""Open a transcriber by its name, and let it write what sounds say."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, cast

from audioset.engine import Needs, attempt
from audioset.errors import AudiosetError, InvalidInputError, one_line
from audioset.hearing.plugins import load_plugin
from audioset.records.plugin_contracts import (
    Hypothesis,
    Transcriber,
    Weights,
    require_hypotheses,
    writer_of,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


# Of a worker with the weights that come with the extra; a larger model takes more.
_NEEDS = Needs(memory_bytes=1_200_000_000)


def transcribe_sounds(
    transcriber: Transcriber,
    sounds: "Mapping[str, NDArray[np.float32]]",
    languages: Mapping[str, str | None],
) -> Iterator[tuple[str, Hypothesis | str]]:
    """Give what a model wrote of each of some sounds, or why it could not.

    Args:
        transcriber: the model.
        sounds: by name, 16 kHz each.
        languages: BCP 47 tag of each; None where nobody knows.
    """

    def call(clip_ids: Sequence[str]) -> list[Hypothesis]:
        found = transcriber.transcribe(
            [sounds[clip_id] for clip_id in clip_ids], [languages[clip_id] for clip_id in clip_ids]
        )
        require_hypotheses(found, len(clip_ids))
        return [replace(each, text=" ".join(each.text.split())) for each in found]

    # The fence of the engine: a plug-in may raise anything, for one clip of many.
    outcome = attempt(call, list(sounds))
    if outcome.value is not None:
        yield from zip(sounds, outcome.value, strict=True)
    elif len(sounds) == 1:
        yield next(iter(sounds)), one_line(outcome.error)
    else:
        for clip_id, sound in sounds.items():
            yield from transcribe_sounds(transcriber, {clip_id: sound}, languages)


def needs_of(plugin: str) -> Needs:
    """Tell what a worker of a transcriber takes of a machine, as its entry point says.

    Raises:
        NotFoundError: no such plug-in.
        InvalidInputError: it cannot be loaded, or says what no machine could have.
    """
    needs = getattr(load_plugin("transcriber", plugin), "needs", _NEEDS)
    if not isinstance(needs, Needs) or not all(
        isinstance(number, int | float) and 0 <= number < math.inf
        for number in (needs.memory_bytes, needs.num_gpus)
    ):
        raise InvalidInputError(
            f"the transcriber {plugin!r} says that it needs {needs!r}; that is a Needs of "
            "audioset.plugins with numbers from 0"
        )
    return needs


@lru_cache(maxsize=1)
def open_transcriber(plugin: str, weights: Weights | None, threads: int) -> Transcriber:
    """Load the model, once in each process.

    Raises:
        InvalidInputError: the plug-in raised, or calls its model what cannot stand in a manifest.
    """
    opener = load_plugin("transcriber", plugin)
    outcome = attempt(partial(opener, threads=threads), weights)
    if isinstance(outcome.error, AudiosetError):
        raise outcome.error
    if outcome.error is not None:
        raise InvalidInputError(
            f"the transcriber {plugin!r} cannot load its model: {one_line(outcome.error)}"
        ) from outcome.error
    transcriber: Any = outcome.value
    writer_of(transcriber)
    return cast(Transcriber, transcriber)
