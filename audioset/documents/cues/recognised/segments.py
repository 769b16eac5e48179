"""Whisper and its relatives, and others who write a list of segments with start, end and text."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from audioset.documents.cues.recognised.values import (
    Recognised,
    TimedWord,
    by_model,
    first,
    flat,
    has,
    inner,
    objects,
    person,
    seconds,
)

_START, _END = "start start_time startTime begin", "end end_time endTime"
_TEXT = "text body transcript sentence"
_WHISPER = ("avg_logprob", "no_speech_prob", "compression_ratio", "tokens", "temperature")


def is_whisper_cpp(data: Any) -> bool:
    """`{"transcription": [{"offsets": {"from": 0, "to": 1500}, "text": ...}]}`."""
    spans = objects(inner(data, "transcription"))
    return bool(spans) and all("offsets" in span or "timestamps" in span for span in spans)


def read_whisper_cpp(data: Any) -> Recognised:
    """Read spans in milliseconds; who speaks is known where two channels were told apart."""
    name = inner(data, "model", "type") or inner(data, "params", "model")
    found = Recognised(text_source=by_model("whisper.cpp", name))
    for span in objects(data["transcription"]):
        start, end = (seconds(inner(span, "offsets", side), 1000) for side in ("from", "to"))
        found.add(start, end, span.get("text"), person(span.get("speaker")))
    return found


def is_segments(data: Any) -> bool:
    """A list of segments, or an object with one."""
    return bool(_segments(data))


def read_segments(data: Any) -> Recognised:
    """Read segments, or the words in them where they have no ends of their own."""
    segments = _segments(data)
    found = Recognised(text_source=_writer(data, segments))
    names = {
        flat(each.get("id")): flat(each.get("name")) for each in objects(inner(data, "speakers"))
    }
    for segment in segments:
        start = seconds(first(segment, _START))
        end = seconds(first(segment, _END))
        length = seconds(segment.get("duration"))
        if end is None and start is not None and length is not None:
            end = start + length
        words = segment.get("words")
        text = first(segment, _TEXT)
        if text is None:
            text = " ".join(flat(first(word, "text word")) for word in objects(words))
        speaker = flat(first(segment, "speaker speaker_id speakerId"))
        found.add(start, end, text, person(names.get(speaker) or speaker))
    if found.text_source == "human" and any(cue.text for _, cue in found.cues):
        found.notes.append("nothing says who wrote the texts; they are taken for a person's")
    return found


def is_chunks(data: Any) -> bool:
    """`{"chunks": [{"timestamp": [0.0, 1.5], "text": ...}]}`, of transformers."""
    return any("timestamp" in chunk for chunk in objects(inner(data, "chunks"))) or any(
        has(chunk, "timestamp text") for chunk in objects(inner(data, "speakers"))
    )


def read_chunks(data: Any) -> Recognised:
    """Read chunks: sentences, or single words, which are joined; the last may have no end."""
    found = Recognised(text_source=by_model("transformers"))
    spoken = [each for each in objects(inner(data, "speakers")) if has(each, "timestamp text")]
    chunks = spoken or objects(data["chunks"])
    are_words = all(len(flat(chunk.get("text")).split()) <= 1 for chunk in chunks)
    for chunk in chunks:
        start, end = (seconds(inner(chunk, "timestamp", place)) for place in (0, 1))
        text, speaker = flat(chunk.get("text")), person(chunk.get("speaker"))
        if are_words and start is not None and end is not None:
            found.words.append(TimedWord(start, end, text, speaker))
        else:
            found.add(start, end, text, speaker)
    return found


def is_json3(data: Any) -> bool:
    """`{"events": [{"tStartMs": 0, "dDurationMs": 1500, "segs": [{"utf8": ...}]}]}`, of YouTube."""
    return any("tStartMs" in event for event in objects(inner(data, "events")))


def read_json3(data: Any) -> Recognised:
    """Read captions; an event that only adds a line end to the one before is none."""
    found = Recognised(text_source="subtitles")
    for event in objects(data["events"]):
        text = flat("".join(str(part.get("utf8", "")) for part in objects(event.get("segs"))))
        if text and not event.get("aAppend"):
            start = seconds(event.get("tStartMs"), 1000)
            length = seconds(event.get("dDurationMs"), 1000)
            end = start + length if start is not None and length is not None else None
            found.add(start, end, text)
    # Rolling captions stay until the next but one begins.
    cues = found.cues
    for place, ((name, cue), (_, after)) in enumerate(pairwise(list(cues))):
        if cue.start_seconds < after.start_seconds < cue.end_seconds:
            cues[place] = name, replace(cue, end_seconds=after.start_seconds)
    return found


def _segments(data: Any) -> list[Mapping[str, Any]]:
    """Find the list of segments: it is the data, or lies in it under a name that tools use."""
    for place in (
        (),
        ("segments",),
        ("result", "segments"),
        ("transcription", "segments"),
        ("transcription", "utterances"),
        ("result", "transcription", "utterances"),
    ):
        segments = objects(inner(data, *place))
        if segments and all(
            first(each, _START) is not None
            and (first(each, _END) is not None or "duration" in each)
            and not has(each, "word")
            and not has(each, "result")
            for each in segments
        ):
            return segments
    return []


def _writer(data: Any, segments: list[Mapping[str, Any]]) -> str:
    told = inner(data, "model") or inner(data, "model_name") or inner(data, "info", "model")
    if isinstance(told, str):
        return by_model(told)
    if inner(data, "word_segments") is not None:
        return by_model("whisperx")
    if any(name in each for each in segments[:3] for name in _WHISPER):
        return by_model("whisper")
    if any(
        first(word, "probability confidence score") is not None
        for each in segments[:3]
        for word in [each, *objects(each.get("words"))]
    ):
        return by_model("unknown")
    return "human"
