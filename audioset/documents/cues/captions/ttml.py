"""TTML and DFXP: timed paragraphs in XML.

A parser of our own because pysubs2 1.8, the kept library with TTML, rounds to whole milliseconds
through floats and knows neither frames, ticks nor the time of parents.
Format: W3C, Timed Text Markup Language 1 and 2, section 12 (timing) and 6.2 (parameters).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from xml.etree.ElementTree import Element

from audioset.documents.cues.captions.ttml_clock import BadTimeError, TtmlClock, ttml_clock
from audioset.documents.reading.text import shown
from audioset.documents.reading.xml_tree import attribute, element_lines, local_name, xml_root
from audioset.errors import InvalidInputError
from audioset.records.cue import Cue
from audioset.records.cue_file import Parsed

_SPACES = re.compile(r"\s+")  # of the file's own layout; a line ends at <br/>
_MAX_DEPTH = 100
_TIMED = ("begin", "end", "dur")


def parse_ttml(data: bytes) -> Parsed:
    """Read paragraphs with times; spans with times where the paragraph has none.

    The speaker is the name of the paragraph's `ttm:agent`. Times are counted from the begin of the
    element around them, as the standard says, unless that puts them outside of it and counting
    from the beginning of the file does not: so some programs write them.

    Raises:
        InvalidInputError: not TTML, with sequential time containers or times of day, or with
            pictures in the place of text.
    """
    root = xml_root(data)
    if local_name(root) != "tt":
        raise InvalidInputError(f"line 1: an XML file of <{local_name(root)}>, not TTML (<tt>)")
    reader = _Reader(ttml_clock(root), _agents(root), element_lines(root, data))
    for body in root:
        if local_name(body) == "body":
            reader.read(body)
    if not reader.parsed.cues and any(_is_picture(element) for element in root.iter()):
        raise InvalidInputError(
            "its subtitles are pictures of text; turn them into text with an OCR program for "
            "subtitles and give that file"
        )
    return reader.parsed


def _is_picture(element: Element) -> bool:
    return local_name(element) == "image" or attribute(element, "backgroundImage") is not None


@dataclass(frozen=True, slots=True)
class _Context:
    """What an element inherits."""

    begin: Fraction
    end: Fraction | None
    agent: str | None


@dataclass(slots=True)
class _Reader:
    """Reads one document."""

    clock: TtmlClock
    agents: dict[str, str]
    lines: dict[Element, int]
    parsed: Parsed = field(default_factory=Parsed)
    absolute: bool = False  # times are counted from the beginning of the file

    def read(self, body: Element) -> None:
        """Read the cues of a body."""
        self.absolute = _counts_from_zero(body, self._given)
        if self.absolute:
            self.parsed.problems.append(
                "times inside of timed elements are counted from the beginning of the file: "
                "counted from those elements they would lie outside of them"
            )
        self._walk(body, _Context(Fraction(0), None, None), 0)

    def _walk(self, element: Element, parent: _Context, depth: int) -> None:
        if depth > _MAX_DEPTH:
            raise InvalidInputError(
                f"elements nested deeper than {_MAX_DEPTH}; this is no subtitle file"
            )
        if attribute(element, "timeContainer") == "seq":
            raise InvalidInputError(
                "has times that follow each other (timeContainer=seq), which audioset does not "
                "read; convert it to SRT or WebVTT"
            )
        kind = local_name(element)
        try:
            context = self._timed(element, parent)
        except BadTimeError as error:
            self._tell(element, f"<{kind}>: {shown(str(error))} is not a time; it is left out")
            self.parsed.num_unread += 1
            return
        own_time = any(attribute(element, name) is not None for name in _TIMED)
        inner_time = kind == "p" and not own_time and _has_timed_span(element)
        if kind in ("p", "span") and not inner_time and (own_time or kind == "p"):
            self._add(element, context)
            return
        if inner_time:
            self._tell_untimed(element)
        for child in element:
            if local_name(child) in ("div", "p", "span"):
                self._walk(child, context, depth + 1)

    def _add(self, element: Element, context: _Context) -> None:
        text = "".join(_pieces(element))
        if context.end is None:
            if text.strip():
                self._tell(element, f"{shown(text)} has no end; it is left out")
                self.parsed.num_unread += 1
            return
        start = float(context.begin)
        self.parsed.lines.setdefault(start, self.lines[element])
        self.parsed.cues.append(
            Cue(
                start_seconds=start,
                end_seconds=float(context.end),
                text=text,
                speaker=self.agents.get(context.agent, context.agent) if context.agent else None,
            )
        )

    def _timed(self, element: Element, parent: _Context) -> _Context:
        """Give the time of an element: relative to its parent's, and inside it."""
        begin, end, length = (self._given(element, name) for name in _TIMED)
        zero = Fraction(0) if self.absolute else parent.begin
        start = parent.begin if begin is None else zero + begin
        ends = [parent.end] if parent.end is not None else []
        if end is not None:
            ends.append(zero + end)
        if length is not None:
            ends.append(start + length)
        agent = attribute(element, "agent")
        return _Context(
            start,
            min(ends) if ends else None,
            agent.split()[0] if agent and agent.strip() else parent.agent,
        )

    def _given(self, element: Element, name: str) -> Fraction | None:
        text = attribute(element, name)
        return self.clock.seconds(text) if text else None

    def _tell_untimed(self, paragraph: Element) -> None:
        loose = [paragraph.text, *(child.tail for child in paragraph)]
        said = " ".join(text for text in loose if text and text.strip())
        if said:
            self._tell(paragraph, f"{shown(said)} beside timed words has no times; it is left out")

    def _tell(self, element: Element, sentence: str) -> None:
        self.parsed.problems.append(f"line {self.lines[element]}: {sentence}")


def _counts_from_zero(body: Element, given: Callable[[Element, str], Fraction | None]) -> bool:
    """Tell whether times inside of timed elements are counted from the beginning of the file.

    They are when all of them then lie inside of the elements around them, and some do not when
    they are counted from those. A time that cannot be read says nothing.
    """
    outside = False
    stack: list[tuple[Element, Fraction, Fraction | None]] = [(body, Fraction(0), None)]
    while stack:
        element, begin, end = stack.pop()
        try:
            own_begin, own_end = given(element, "begin"), given(element, "end")
        except BadTimeError:
            continue
        if begin and (own_begin is not None or own_end is not None):
            first = begin if own_begin is None else own_begin
            last = own_end if own_end is not None else first
            if first < begin or (end is not None and last > end):
                return False
            outside = outside or (end is not None and begin + last > end)
        begin = begin if own_begin is None else own_begin
        end = end if own_end is None else own_end
        stack.extend((child, begin, end) for child in element)
    return outside


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
            yield _SPACES.sub(" ", inner.tail or "")
            continue
        if inner is not element:
            stack.append((inner, False))
        if (attribute(inner, "ruby") or "").startswith(("text", "delimiter")):
            continue  # says the same again, for readers
        if local_name(inner) == "br":
            yield "\n"
        elif local_name(inner) in ("p", "span"):
            yield _SPACES.sub(" ", inner.text or "")
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
