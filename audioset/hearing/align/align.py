"""`align_lines`: where a source says the lines of a transcript, and how sure that is."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from audioset.errors import InvalidInputError
from audioset.hearing.align.by_pauses import place_by_pauses
from audioset.hearing.align.by_symbols import place_by_symbols
from audioset.hearing.align.ear.features import HOP_SECONDS, Features, read_features
from audioset.hearing.align.ear.silence import normalised_cepstra
from audioset.hearing.align.ear.sound import Sound16k
from audioset.hearing.align.edges import snapped
from audioset.hearing.align.flags import flags_of, loud_sound, unexplained_speech
from audioset.hearing.align.placed import Placed
from audioset.hearing.align.plugin import KeptSound, open_aligner, place_by_plugin
from audioset.hearing.align.takes import odd_takes, similarities, with_best
from audioset.hearing.align.voices.espeak import is_installed
from audioset.hearing.align.voices.phone_models import PhoneModels
from audioset.hearing.align.whose.hear import hear_lines
from audioset.hearing.plugins import plugin_names
from audioset.near_names import near_or_all
from audioset.records.line_options import AUTO, AlignOptions
from audioset.records.lines import (
    OUT_OF_ORDER,
    Alignment,
    Line,
    LineSpan,
    lacking_flag,
)
from audioset.records.model_choice import REGISTERED
from audioset.records.plugin_contracts import Aligner

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BOOTSTRAP, STRUCTURAL = "bootstrap", "structural"
VERSIONS = {BOOTSTRAP: "bootstrap@3", STRUCTURAL: "structural@1"}


def align_lines(
    sound: Sound16k,
    lines: Sequence[Line],
    options: AlignOptions,
    pins: Sequence[LineSpan] = (),
    models: PhoneModels | None = None,
    within: Sequence[tuple[float, float]] | None = None,
) -> Alignment:
    """Find lines in a source.

    Args:
        sound: the source, read once.
        lines: what is said, in this order.
        options: how to look.
        pins: spans that a person confirmed; they stay as they are.
        models: of the phones of the dataset's speakers, to begin with.
        within: what a model that scores frames listens to, (start, end) in seconds; None for all.

    Returns:
        Spans of speech without padding. Lines that were not found and speech that is no line are
        listed, never shifted onto each other.

    Raises:
        InvalidInputError: no lines, a line that cannot be said, an aligner that nobody knows, or a
            pin that is no line.
        NotFoundError: no such voice, or no voices at all.
    """
    from threadpoolctl import threadpool_limits

    aligner = choose_aligner(options.aligner)
    if options.aligner.startswith(REGISTERED) and models is None:
        raise InvalidInputError(f"the phone models of {options.aligner} were not given")
    _check(lines, pins)
    if aligner not in VERSIONS:
        return _align_by_plugin(aligner, sound, lines, options, pins, within)
    with threadpool_limits(limits=1):  # many small products: threads would wait for each other
        features = read_features(sound)
        pinned, aside = _placed_pins(pins, lines)
        for span in aside:  # no other line is said there
            features.speech[span.start : span.end] = 0
        takes = [line.takes or options.takes for line in lines]
        name = aligner_version(options.aligner)
        if aligner == STRUCTURAL:
            placed = place_by_pauses(features, [line.text for line in lines], takes, pinned)
            return _alignment(name, _with_aside(placed, aside), [], features, lines)
        heard = hear_lines(features, lines, takes, options, pinned, models)
        placed = _with_aside(heard.placed, aside)
        others = [snapped(other, features) for other in heard.others]
        found = _alignment(name, placed, others, features, lines)
        if not heard.is_sure and all(span.flags for span in found.spans):
            found = found.with_any_text()  # as nobody can rely on any of them
        doubt = None if pins else heard.doubt
        return replace(found, spoken=heard.voice, credit=heard.credit, doubt=doubt)


def _align_by_plugin(
    name: str,
    sound: Sound16k,
    lines: Sequence[Line],
    options: AlignOptions,
    pins: Sequence[LineSpan],
    within: Sequence[tuple[float, float]] | None,
) -> Alignment:
    aligner, (pinned, aside) = open_aligner(name), _placed_pins(pins, lines)
    if isinstance(aligner, Aligner):
        kept = KeptSound(sound)
        features = read_features(kept.again())
        placed = place_by_plugin(aligner, kept.samples(), lines, options.language, pins, pinned)
    else:
        takes = [line.takes or options.takes for line in lines]
        features, placed = place_by_symbols(
            aligner, sound, lines, options.language, takes, pinned, within
        )
    placed = _with_aside(placed, aside)
    return _alignment(f"{aligner.name}@{aligner.version}", placed, [], features, lines)


def _with_aside(placed: Sequence[Placed], aside: Sequence[Placed]) -> list[Placed]:
    """Put confirmed spans that are out of order in the place of what was found there."""
    others = (
        span
        for span in placed
        if all(span.end <= pin.start or span.start >= pin.end for pin in aside)
    )
    return sorted([*others, *aside], key=lambda span: span.start)


def _alignment(
    aligner: str,
    placed: Sequence[Placed],
    others: Sequence[Sequence[Placed]],
    features: Features,
    lines: Sequence[Line],
) -> Alignment:
    """Move edges to pauses, raise flags, and tell what is left over."""
    placed = snapped(placed, features)
    spans = _spans(placed, others, features, normalised_cepstra(features), lines)
    found = Counter(span.line for span in spans)
    lacks = any(found[line.number] < (line.takes or 1) for line in lines)
    return Alignment(
        aligner=aligner,
        spans=spans,
        missing=tuple(line.number for line in lines if line.number not in found),
        unexplained=_in_seconds(unexplained_speech(placed, features)),
        loud=_in_seconds(loud_sound(placed, features)) if lacks else (),
        length_seconds=features.length_seconds,
    )


def _in_seconds(stretches: Iterable[tuple[int, int]]) -> tuple[tuple[float, float], ...]:
    return tuple((start * HOP_SECONDS, end * HOP_SECONDS) for start, end in stretches)


def choose_aligner(name: str) -> str:
    """Give the aligner that is meant: "auto" is the best that is installed, to begin with.

    Raises:
        InvalidInputError: nobody knows the name, in this house or in a plug-in.
    """
    if name == AUTO:
        return BOOTSTRAP if is_installed() else STRUCTURAL
    plugins = plugin_names("aligner")
    if name in VERSIONS or name in plugins:
        return name
    if name.startswith(REGISTERED):
        return BOOTSTRAP
    known = (AUTO, *VERSIONS, *plugins)
    hint = near_or_all(name, known)
    raise InvalidInputError(f"unknown aligner {name!r}; {hint}")


def aligner_version(name: str) -> str:
    """Give `name@version` of the aligner that is meant, as a manifest keeps it.

    A plug-in is loaded; of `models:/name/3` it is its own.

    Raises:
        InvalidInputError: nobody knows the name, or the plug-in cannot be loaded.
    """
    if name.startswith(REGISTERED):
        return name.removeprefix(REGISTERED).replace("/", "@")
    chosen = choose_aligner(name)
    if chosen in VERSIONS:
        return VERSIONS[chosen]
    aligner = open_aligner(chosen)
    return f"{aligner.name}@{aligner.version}"


def _check(lines: Sequence[Line], pins: Sequence[LineSpan]) -> None:
    if not lines:
        raise InvalidInputError("there are no lines to be found")
    known = {line.number for line in lines}
    for pin in pins:
        if pin.line not in known:
            raise InvalidInputError(f"a span is confirmed for line {pin.line}, which is no line")


def _placed_pins(
    pins: Sequence[LineSpan], lines: Sequence[Line]
) -> tuple[list[Placed], list[Placed]]:
    """Give the confirmed spans that others go by, and those that are out of order."""
    places = {line.number: k for k, line in enumerate(lines)}
    placed = [
        Placed(
            places[pin.line],
            round(pin.start_seconds / HOP_SECONDS),
            round(pin.end_seconds / HOP_SECONDS),
            -1.0,
            pinned=True,
            out_of_order=OUT_OF_ORDER in pin.flags,
        )
        for pin in sorted(pins, key=lambda pin: pin.start_seconds)
    ]
    in_order = [pin for pin in placed if not pin.out_of_order]
    return in_order, [pin for pin in placed if pin.out_of_order]


def _spans(
    placed: Sequence[Placed],
    others: Sequence[Sequence[Placed]],
    features: Features,
    cepstra: "NDArray[np.float32]",
    lines: Sequence[Line],
) -> tuple[LineSpan, ...]:
    missing = set(range(len(lines))) - {span.line for span in placed}
    alike = similarities(placed, cepstra)
    flags = flags_of(placed, others, features, [line.text for line in lines], missing, alike)
    takes: defaultdict[int, int] = defaultdict(int)
    spans = []
    for span, names, similarity in zip(placed, flags, alike, strict=True):
        takes[span.line] += 1
        if span.lacks:
            names.add(lacking_flag(span.lacks))
        spans.append(
            LineSpan(
                line=lines[span.line].number,
                take=takes[span.line],
                start_seconds=span.start * HOP_SECONDS,
                end_seconds=span.end * HOP_SECONDS,
                score=_score(span),
                flags=tuple(sorted(names & {OUT_OF_ORDER} if span.pinned else names)),
                similarity=similarity,
            )
        )
    for k in odd_takes(spans):
        if not placed[k].pinned:
            spans[k] = replace(spans[k], flags=tuple(sorted({*spans[k].flags, "odd_take"})))
    return with_best(spans)


def _score(span: Placed) -> float:
    """Give the mean cost as a number from 0 to 1; 0.5 is no better than any speech."""
    from math import exp

    return 1.0 if span.pinned else 1 / (1 + exp(4 * max(-10.0, min(10.0, span.cost))))
