"""Lists of words: Vosk, Rev.ai, Speechmatics, ElevenLabs, OpenAI, and Gentle's alignment."""

from typing import Any

from audioset.documents.cues.recognised.values import (
    Recognised,
    TimedWord,
    by_model,
    first,
    flat,
    inner,
    objects,
    person,
    seconds,
)


def is_vosk(data: Any) -> bool:
    """`{"result": [{"word": ..., "start": ..., "end": ...}], "text": ...}`, one or several."""
    return any("word" in word for part in _vosk_parts(data) for word in objects(part["result"]))


def read_vosk(data: Any) -> Recognised:
    """Read one span for each part, which ends with a pause; it begins and ends with its words."""
    found = Recognised(text_source=by_model("vosk"))
    for part in _vosk_parts(data):
        words = objects(part["result"])
        if words:
            text = part.get("text") or " ".join(flat(word.get("word")) for word in words)
            found.add(seconds(words[0].get("start")), seconds(words[-1].get("end")), text)
    return found


def _vosk_parts(data: Any) -> list[Any]:
    parts = objects(data) if isinstance(data, list) else objects([data])
    return [part for part in parts if isinstance(part.get("result"), list)]


def is_rev(data: Any) -> bool:
    """`{"monologues": [{"speaker": 0, "elements": [{"type": "text", "ts": ...}]}]}`."""
    return any("elements" in each for each in objects(inner(data, "monologues")))


def read_rev(data: Any) -> Recognised:
    """Read words and signs; a monologue may be minutes, so that its sentences are cues."""
    found = Recognised(text_source=by_model("rev"))
    names = {flat(each.get("id")): flat(each.get("name"))
             for each in objects(data.get("speakers"))}  # fmt: skip
    for monologue in objects(data["monologues"]):
        told = monologue.get("speaker_name") or names.get(flat(monologue.get("speaker")))
        speaker = flat(told) or person(monologue.get("speaker"))
        for element in objects(monologue.get("elements")):
            start, end = seconds(element.get("ts")), seconds(element.get("end_ts"))
            text = flat(element.get("value"))
            if text:
                found.words.append(TimedWord(start, end, text, speaker))
    return found


def is_speechmatics(data: Any) -> bool:
    """`{"results": [{"type": "word", "start_time": 0.1, "alternatives": [{"content": ...}]}]}`."""
    return any(
        "start_time" in each and inner(each, "alternatives", 0, "content") is not None
        for each in objects(inner(data, "results"))
    )


def read_speechmatics(data: Any) -> Recognised:
    """Read words; a sign of punctuation belongs to the word before it."""
    found = Recognised(text_source=by_model("speechmatics"))
    for each in objects(data["results"]):
        best = inner(each, "alternatives", 0)
        start, end = seconds(each.get("start_time")), seconds(each.get("end_time"))
        if each.get("type") == "punctuation":
            start = end = None
        speaker = person(inner(best, "speaker"))
        found.words.append(TimedWord(start, end, flat(inner(best, "content")), speaker))
    return found


def is_words(data: Any) -> bool:
    """`{"words": [{"start": ..., "end": ..., "word" or "text": ...}]}`."""
    words = objects(inner(data, "words"))
    return any("start" in word and first(word, "word text") is not None for word in words)


def read_words(data: Any) -> Recognised:
    """Read words; spaces are none, and neither is what is no speech (`audio_event`)."""
    found = Recognised(text_source=by_model(inner(data, "model") or "unknown"))
    for word in objects(data["words"]):
        if word.get("type") in ("spacing", "audio_event"):
            continue
        start, end = seconds(word.get("start")), seconds(word.get("end"))
        text = flat(first(word, "punctuated_word word text"))
        found.words.append(TimedWord(start, end, text, person(first(word, "speaker speaker_id"))))
    return found


def is_gentle(data: Any) -> bool:
    """`{"transcript": ..., "words": [{"case": "success", "startOffset": 0, ...}]}`."""
    words = objects(inner(data, "words"))
    return isinstance(inner(data, "transcript"), str) and any("case" in word for word in words)


def read_gentle(data: Any) -> Recognised:
    """Read the words that were found, with the signs of the transcript after them."""
    found = Recognised(text_source="transcript")
    transcript, words = data["transcript"], objects(data["words"])
    missing = 0
    for place, word in enumerate(words):
        start, end = seconds(word.get("start")), seconds(word.get("end"))
        begin, stop = word.get("startOffset"), inner(words, place + 1, "startOffset")
        text = flat(word.get("word"))
        if isinstance(begin, int):
            text = flat(transcript[begin : stop if isinstance(stop, int) else None]) or text
        if start is None or end is None:
            missing += 1
        else:
            found.words.append(TimedWord(start, end, text))
    if missing:
        found.notes.append(f"{missing} words were not found in the sound and are left out")
    return found
