"""ELAN: one tier of an .eaf file.

pympi-ling 1.71 is the library for it. It parses with the plain XML parser (entities and all),
prints to the screen, and gives annotations without times none; so this reads the few elements
needed. Format: "EAF 3.0", The Language Archive, Max Planck Institute for Psycholinguistics.
"""

import re
from dataclasses import dataclass, field
from fractions import Fraction
from xml.etree.ElementTree import Element

from audioset.documents.cues.tiers import Tier, choose_tier
from audioset.documents.reading.text import shown
from audioset.documents.reading.xml_tree import element_lines, local_name, xml_root
from audioset.errors import InvalidInputError
from audioset.records.cue import Cue
from audioset.records.cue_file import Parsed

_MILLISECONDS = re.compile(r"-?\d{1,12}", re.ASCII)
_ExactSpan = tuple[Fraction, Fraction]  # milliseconds


@dataclass(frozen=True, slots=True)
class _Annotation:
    identifier: str
    text: str
    line: int
    slots: tuple[str, str] | None  # of an aligned annotation
    parent: str | None  # of one that refers to another


@dataclass(slots=True)
class _EafTier:
    name: str
    speaker: str | None
    independent: bool
    annotations: list[_Annotation] = field(default_factory=list)


def parse_eaf(data: bytes, tier: str | None) -> Parsed:
    """Read one tier.

    Annotations that refer to another (symbolic association and subdivision) have the span of the
    annotation that they refer to in the end. Aligned ones without times in between (time
    subdivision) share the time evenly, as ELAN shows them. PARTICIPANT is the speaker.

    Raises:
        InvalidInputError: not an ELAN file, times in frames, or the tier is not clear.
    """
    root = xml_root(data)
    if local_name(root) != "ANNOTATION_DOCUMENT":
        raise InvalidInputError(f"line 1: an XML file of <{local_name(root)}>, not an ELAN file")
    _check_clock(root)
    lines = element_lines(root, data)
    tiers = [_tier(element, lines) for element in root if local_name(element) == "TIER"]
    spans = _spans(tiers, _times(root))
    name = choose_tier([_count(each, spans) for each in tiers], tier)
    chosen = next(each for each in tiers if each.name == name)
    parsed = Parsed(tier=name)
    for annotation in chosen.annotations:
        span = spans.get(annotation.identifier)
        if span is None:
            parsed.problems.append(
                f"line {annotation.line}: annotation {shown(annotation.identifier)} has no times; "
                "it is left out"
            )
            parsed.num_unread += 1
            continue
        parsed.lines.setdefault(float(span[0] / 1000), annotation.line)
        parsed.cues.append(
            Cue(
                start_seconds=float(span[0] / 1000),
                end_seconds=float(span[1] / 1000),
                text=annotation.text or None,
                speaker=chosen.speaker,
            )
        )
    return parsed


def _check_clock(root: Element) -> None:
    """Refuse times that are not those of the recording in milliseconds."""
    for header in root:
        if local_name(header) != "HEADER":
            continue
        units = header.get("TIME_UNITS", "milliseconds")
        if units != "milliseconds":
            raise InvalidInputError(f"has times in {shown(units)}; audioset reads milliseconds")
        origins = [media.get("TIME_ORIGIN", "0") for media in header]
        if any(origin.strip() not in ("", "0") for origin in origins):
            raise InvalidInputError(
                "has a media offset (TIME_ORIGIN), so its times are not those of the recording; "
                "remove the offset in ELAN, or export as CSV"
            )


def _tier(element: Element, lines: dict[Element, int]) -> _EafTier:
    speaker = " ".join(element.get("PARTICIPANT", "").split())
    tier = _EafTier(element.get("TIER_ID", ""), speaker or None, element.get("PARENT_REF") is None)
    for holder in element:
        for inner in holder:
            slots = (inner.get("TIME_SLOT_REF1"), inner.get("TIME_SLOT_REF2"))
            values = (
                value.text or "" for value in inner if local_name(value) == "ANNOTATION_VALUE"
            )
            tier.annotations.append(
                _Annotation(
                    identifier=inner.get("ANNOTATION_ID", ""),
                    text=" ".join(next(values, "").split()),
                    line=lines[inner],
                    slots=(slots[0], slots[1]) if slots[0] and slots[1] else None,
                    parent=inner.get("ANNOTATION_REF"),
                )
            )
    return tier


def _times(root: Element) -> dict[str, Fraction]:
    """Map time slots to milliseconds; slots without a time are missing."""
    times: dict[str, Fraction] = {}
    for order in root:
        if local_name(order) == "TIME_ORDER":
            for slot in order:
                identifier, value = slot.get("TIME_SLOT_ID"), slot.get("TIME_VALUE", "").strip()
                if identifier and _MILLISECONDS.fullmatch(value):
                    times[identifier] = Fraction(int(value))
    return times


def _spans(tiers: list[_EafTier], times: dict[str, Fraction]) -> dict[str, _ExactSpan]:
    spans: dict[str, _ExactSpan] = {}
    parents: dict[str, str] = {}
    for tier in tiers:
        shared = _shared_evenly(tier, times)
        for annotation in tier.annotations:
            if annotation.slots:
                start, end = (shared.get(slot, times.get(slot)) for slot in annotation.slots)
                if start is not None and end is not None:
                    spans[annotation.identifier] = (start, end)
            elif annotation.parent is not None:
                parents[annotation.identifier] = annotation.parent
    for identifier in list(parents):
        _follow(identifier, parents, spans)
    return spans


def _follow(identifier: str, parents: dict[str, str], spans: dict[str, _ExactSpan]) -> None:
    """Give an annotation, and all on the way, the span of the one that it refers to in the end."""
    way: dict[str, None] = {}
    while identifier in parents and identifier not in spans and identifier not in way:
        way[identifier] = None
        identifier = parents[identifier]
    for each in way:
        if identifier in spans:
            spans[each] = spans[identifier]
        else:
            del parents[each]  # leads nowhere, or in a circle; not walked again


def _shared_evenly(tier: _EafTier, times: dict[str, Fraction]) -> dict[str, Fraction]:
    """Give times to slots without one, between those with one that their chain connects."""
    following = {each.slots[0]: each.slots[1] for each in tier.annotations if each.slots}
    shared: dict[str, Fraction] = {}
    visited: set[str] = set()  # by any chain: no slot is walked twice
    for first in [slot for slot in following if slot in times]:
        chain = [first]
        while (slot := following.get(chain[-1])) is not None and slot not in visited:
            chain.append(slot)
            if slot in times:
                break
            visited.add(slot)
        if len(chain) > 2 and chain[-1] in times:
            start, end = times[first], times[chain[-1]]
            for number, slot in enumerate(chain[1:-1], 1):
                shared[slot] = start + (end - start) * number / (len(chain) - 1)
    return shared


def _count(tier: _EafTier, spans: dict[str, _ExactSpan]) -> Tier:
    timed = [each for each in tier.annotations if each.identifier in spans]
    texts = sum(1 for each in timed if each.text)
    return Tier(tier.name, len(timed), texts, independent=tier.independent)
