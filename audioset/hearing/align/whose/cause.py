"""Guess why lines are not those of a recording."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from audioset.hearing.align.decoder.decode import Found
from audioset.hearing.align.ear.features import Features, count_live_bands
from audioset.hearing.align.ear.silence import normalised_cepstra, silence_of
from audioset.hearing.align.grid import COARSE, Grid
from audioset.hearing.align.sections import Section, make_agenda
from audioset.hearing.align.voices.espeak import speak
from audioset.hearing.align.voices.languages import find_language, voice_of_language
from audioset.hearing.align.voices.room import room_of
from audioset.hearing.align.voices.templates import make_templates
from audioset.hearing.align.whose.orders import LEAST_CREDIT
from audioset.hearing.align.whose.ways import search_lines
from audioset.records.line_options import AlignOptions
from audioset.records.lines import Line, LineVoice

_QUIET_DB = 12.0  # speech is hardly louder than what lies between


def guess_cause(
    features: Features,
    lines: Sequence[Line],
    copies: Sequence[int | None],
    options: AlignOptions,
    voice: LineVoice,
) -> str:
    """Guess why lines that were looked for are not said."""
    found = find_language(line.text for line in lines)
    asked = voice.voice.partition("+")[0].partition("-")[0]
    if found and (voice_of_language(found) or found).partition("-")[0] != asked:
        return "language"
    speech, quiet = _levels(features)
    if speech - quiet < _QUIET_DB:
        return "noise"
    order = _order_of_sound(features, lines, options, voice)
    moved = [lines[k] for k in order]
    copies = [copies[k] for k in order]
    found_so = search_lines(features, moved, copies, options, voice.voice, is_plain=False)
    return "order" if found_so.credit >= LEAST_CREDIT else "text"


def _levels(features: Features) -> tuple[float, float]:
    """Give the usual levels of speech and of what lies between, in dB."""
    silent = np.repeat(silence_of(features), 2)[: features.levels_db.size]
    levels = features.levels_db[: silent.size]
    if silent.all() or not silent.any():
        return 0.0, -np.inf
    return float(np.median(levels[~silent])), float(np.median(levels[silent]))


def _order_of_sound(
    features: Features, lines: Sequence[Line], options: AlignOptions, voice: LineVoice
) -> list[int]:
    """Give the lines in the order of the places where each, looked for alone, fits best."""
    speeches = speak(lines, voice.voice, lexicon=options.lexicon)
    room = room_of(features)
    templates = make_templates(speeches, count_live_bands(features), room=room)
    agenda = make_agenda([1] * len(lines), (), len(features))
    alone = tuple(Section(0, len(features), k, k + 1) for k in range(len(lines)))
    cepstra = normalised_cepstra(features)
    grid = Grid(features, cepstra, replace(agenda, sections=alone), [templates], factor=COARSE)
    found: dict[int, Found] = {span.line: span for span in grid.decode(grid.emission())}
    return sorted(range(len(lines)), key=lambda k: found[k].start if k in found else 0)
