"""TTML and DFXP: timed paragraphs in XML.

A parser of our own because pysubs2 1.8, the kept library with TTML, rounds to whole milliseconds
through floats and knows neither frames, ticks nor the time of parents.
Format: W3C, Timed Text Markup Language 1 and 2, section 12 (timing) and 6.2 (parameters).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from xml.etree.ElementTree import Element

from audioset.documents.cues.captions import with_flat_text
from audioset.documents.reading.text import shown
from audioset.documents.reading.xml_tree import attribute, local_name, xml_root
from audioset.errors import InvalidInputError
from audioset.records.cue import Cue
from audioset.records.cue_file import Parsed

_CLOCK = re.compile(
    r"(\d{1,5}):(\d{1,2}):(\d{1,2})(?:[.,](\d{1,9})|[:;](\d{1,4})(?:\.(\d{1,4}))?)?", re.ASCII
)
_OFFSET = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)(h|ms|m|s|f|t)", re.ASCII)
_UNITS = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}
_MAX_DEPTH = 100
_TIMED = ("begin", "end", "dur")


class _BadTimeError(ValueError):
    """A time expression that cannot be read; becomes a sentence about its paragraph."""


@dataclass(frozen=True, slots=True)
class _Clock:
    """How the document counts (its `ttp:` parameters)."""

    nominal_rate: int  # frames in a second of the clock's own counting
    frame_rate: Fraction  # frames in a real second
    sub_frames: int
    tick_rate: Fraction
    smpte: bool
    drop_frames: bool

    def seconds(self, text: str) -> Fraction:
        """Read a time expression."""
        text = text.strip()
        if match := _OFFSET.fullmatch(text):
            amount, unit = Fraction(match[1]), match[2]
            if unit == "f":
                return amount / self.frame_rate
            return amount / self.tick_rate if unit == "t" else amount * _UNITS[unit]
        match = _CLOCK.fullmatch(text)
        if match is None or int(match[2]) > 59 or int(match[3]) > 59:
            raise _BadTimeError(text)
        whole = int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3])
        if match[4] is not None:
            return Fraction(f"{whole}.{match[4]}")
        frames = int(match[5] or 0) + Fraction(int(match[6] or 0), self.sub_frames)
        if not self.smpte:
            return whole + frames / self.frame_rate
        # SMPTE time code counts frames; NTSC drops two labels in every minute but each tenth.
        minutes = whole // 60
        dropped = 2 * (minutes - minutes // 10) if self.drop_frames else 0
        return (whole * self.nominal_rate + frames - dropped) / self.frame_rate


def parse_ttml(data: bytes) -> Parsed:
    """Read paragraphs with times; spans with times where the paragraph has none.

    The speaker is the name of the paragraph's `ttm:agent`.

    Raises:
        InvalidInputError: not TTML, or with sequential time containers or times of day.
    """
    root = xml_root(data)
    if local_name(root) != "tt":
        raise InvalidInputError(f"line 1: an XML file of <{local_name(root)}>, not TTML (<tt>)")
    clock = _clock(root)
    agents = _agents(root)
    parsed = Parsed()
    for body in root:
        if local_name(body) == "body":
            for cue in _walk(body, clock, _Context(Fraction(0), None, None), parsed, 0):
                speaker = agents.get(cue.speaker, cue.speaker) if cue.speaker else None
                parsed.cues.append(
                    Cue(
                        start_seconds=cue.start_seconds,
                        end_seconds=cue.end_seconds,
                        text=cue.text,
                        speaker=speaker,
                    )
                )
    return with_flat_text(tuple(parsed.cues), parsed)


@dataclass(frozen=True, slots=True)
class _Context:
    """What an element inherits."""

    begin: Fraction
    end: Fraction | None
    agent: str | None


def _walk(
    element: Element, clock: _Clock, parent: _Context, parsed: Parsed, depth: int
) -> Iterator[Cue]:
    if depth > _MAX_DEPTH:
        raise InvalidInputError(
            f"elements nested deeper than {_MAX_DEPTH}; this is no subtitle file"
        )
    if attribute(element, "timeContainer") == "seq":
        raise InvalidInputError(
            "has times that follow each other (timeContainer=seq), which audioset does not read; "
            "convert it to SRT or WebVTT"
        )
    kind = local_name(element)
    try:
        context = _timed(element, clock, parent)
    except _BadTimeError as error:
        parsed.problems.append(f"<{kind}>: {shown(str(error))} is not a time; it is left out")
        return
    own_time = any(attribute(element, name) is not None for name in _TIMED)
    inner_time = kind == "p" and not own_time and _has_timed_span(element)
    if kind in ("p", "span") and not inner_time and (own_time or kind == "p"):
        yield from _cue(element, context, parsed)
        return
    for child in element:
        if local_name(child) in ("div", "p", "span"):
            yield from _walk(child, clock, context, parsed, depth + 1)


def _cue(element: Element, context: _Context, parsed: Parsed) -> Iterator[Cue]:
    text = "".join(_pieces(element))
    if context.end is None:
        if text.strip():
            parsed.problems.append(f"{shown(text)} has no end; it is left out")
        return
    yield Cue(
        start_seconds=float(context.begin),
        end_seconds=float(context.end),
        text=text,
        speaker=context.agent,
    )


def _timed(element: Element, clock: _Clock, parent: _Context) -> _Context:
    """Give the time of an element: relative to its parent's, and inside it."""
    begin, end, length = (attribute(element, name) for name in _TIMED)
    start = parent.begin + (clock.seconds(begin) if begin else 0)
    ends = [parent.end] if parent.end is not None else []
    if end:
        ends.append(parent.begin + clock.seconds(end))
    if length:
        ends.append(start + clock.seconds(length))
    agent = attribute(element, "agent")
    return _Context(
        start,
        min(ends) if ends else None,
        agent.split()[0] if agent and agent.strip() else parent.agent,
    )


def _has_timed_span(paragraph: Element) -> bool:
    return any(
        local_name(inner) == "span" and any(attribute(inner, name) for name in _TIMED)
        for inner in paragraph.iter()
    )


def _pieces(element: Element) -> Iterator[str]:
    """Walk text in reading order; metadata inside a paragraph is not said."""
    stack: list[tuple[Element, bool]] = [(element, True)]
    while stack:
        inner, opening = stack.pop()
        if not opening:
            yield inner.tail or ""
            continue
        if inner is not element:
            stack.append((inner, False))
        if local_name(inner) == "br":
            yield "\n"
        elif local_name(inner) in ("p", "span"):
            yield inner.text or ""
            stack.extend((child, True) for child in reversed(inner))


def _agents(root: Element) -> dict[str, str]:
    """Map the ids of `ttm:agent` to their names."""
    names: dict[str, str] = {}
    for agent in root.iter():
        identifier = attribute(agent, "id")
        if local_name(agent) != "agent" or identifier is None:
            continue
        for name in agent:
            if local_name(name) == "name" and (name.text or "").strip():
                names[identifier] = " ".join((name.text or "").split())
                break
    return names


def _clock(root: Element) -> _Clock:
    nominal = _whole(root, "frameRate", 30)
    multiplier = _multiplier(root)
    sub_frames = _whole(root, "subFrameRate", 1)
    ticks = _whole(root, "tickRate", nominal * sub_frames if attribute(root, "frameRate") else 1)
    base = attribute(root, "timeBase") or "media"
    if base == "clock":
        raise InvalidInputError("line 1: has times of day (timeBase=clock), not of a recording")
    return _Clock(
        nominal_rate=nominal,
        frame_rate=nominal * multiplier,
        sub_frames=sub_frames,
        tick_rate=Fraction(ticks),
        smpte=base == "smpte",
        drop_frames=attribute(root, "dropMode") == "dropNTSC",
    )


def _whole(root: Element, name: str, default: int) -> int:
    text = attribute(root, name)
    if text is None:
        return default
    if not re.fullmatch(r"0{0,9}[1-9]\d{0,9}", text.strip(), re.ASCII):
        raise InvalidInputError(f"line 1: {name} is {shown(text)}, which is no positive number")
    return int(text)


def _multiplier(root: Element) -> Fraction:
    """Read `ttp:frameRateMultiplier`: two whole numbers, such as 1000 1001."""
    text = attribute(root, "frameRateMultiplier") or "1 1"
    match = re.fullmatch(r"\s*([1-9]\d{0,6})[\s:]([1-9]\d{0,6})\s*", text, re.ASCII)
    if match is None:
        raise InvalidInputError(f"line 1: frameRateMultiplier is {shown(text)}, not two numbers")
    return Fraction(int(match[1]), int(match[2]))
