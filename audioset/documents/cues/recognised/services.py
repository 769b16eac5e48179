"""Services that recognise speech: Google, Amazon, Azure, Deepgram, AssemblyAI, Watson."""

from collections.abc import Mapping
from typing import Any

from audioset.documents.cues.recognised.values import (
    Recognised,
    TimedWord,
    by_model,
    first,
    flat,
    has,
    inner,
    items,
    objects,
    person,
    seconds,
)

_TICKS = 10_000_000


def _google_results(data: Any) -> list[Mapping[str, Any]]:
    for place in ((), ("results",), ("response", "results"), ("results", "results")):
        results = objects(inner(data, *place))
        if any(has(inner(each, "alternatives", 0), "transcript") for each in results):
            return results
    return []


def is_google(data: Any) -> bool:
    """`{"results": [{"alternatives": [{"transcript": ..., "words": [...]}]}]}`."""
    return bool(_google_results(data)) and not is_watson(data)


def read_google(data: Any) -> Recognised:
    """Read one span for each result; where speakers are told apart, the words say who spoke.

    A time that is 0 is left out by the service. With speakers, the last result has all words again.
    """
    found = Recognised(text_source=by_model("google"))
    results, before = _google_results(data), 0.0
    last = objects(inner(results[-1], "alternatives", 0, "words"))
    if any(first(word, "speakerTag speaker_tag speakerLabel") for word in last):
        for word in last:
            span = [seconds(first(word, f"{s}Time {s}_time {s}Offset {s}_offset") or 0)
                    for s in ("start", "end")]  # fmt: skip
            speaker = person(first(word, "speakerTag speaker_tag speakerLabel"))
            found.words.append(TimedWord(span[0], span[1], flat(word.get("word")), speaker))
        return found
    for result in results:
        best = inner(result, "alternatives", 0)
        words = objects(inner(best, "words"))
        end = seconds(first(result, "resultEndTime result_end_time resultEndOffset"))
        start: float | None = before
        if words:
            start = seconds(first(words[0], "startTime start_time startOffset start_offset") or 0)
            end = seconds(first(words[-1], "endTime end_time endOffset end_offset"))
        found.add(start, end, inner(best, "transcript"), person(result.get("channelTag")))
        before = before if end is None else end
    return found


def is_watson(data: Any) -> bool:
    """`{"results": [{"alternatives": [{"timestamps": [["word", 0.1, 0.5]]}]}]}`."""
    return any(
        isinstance(inner(each, "alternatives", 0, "timestamps"), list)
        for each in objects(inner(data, "results"))
    )


def read_watson(data: Any) -> Recognised:
    """Read words; speakers lie in a list of their own, by the time at which a word begins."""
    found = Recognised(text_source=by_model("watson"))
    speakers = {seconds(each.get("from")): person(each.get("speaker"))
                for each in objects(data.get("speaker_labels"))}  # fmt: skip
    for result in objects(data["results"]):
        for word in items(inner(result, "alternatives", 0, "timestamps")):
            start, end = seconds(inner(word, 1)), seconds(inner(word, 2))
            found.words.append(TimedWord(start, end, flat(inner(word, 0)), speakers.get(start, "")))
    return found


def is_amazon(data: Any) -> bool:
    """`{"results": {"items": [{"type": "pronunciation", "start_time": "0.0", ...}]}}`."""
    return any("type" in item for item in objects(inner(data, "results", "items")))


def read_amazon(data: Any) -> Recognised:
    """Read its segments where it has some, else words and the signs between them."""
    found = Recognised(text_source=by_model("amazon-transcribe"))
    results = data["results"]
    for segment in objects(results.get("audio_segments")):
        found.add(
            seconds(segment.get("start_time")),
            seconds(segment.get("end_time")),
            segment.get("transcript"),
            segment.get("speaker_label"),
        )
    if found.cues:
        return found
    speakers = {
        flat(item.get("start_time")): flat(item.get("speaker_label"))
        for segment in objects(inner(results, "speaker_labels", "segments"))
        for item in objects(segment.get("items"))
    }
    for item in objects(results["items"]):
        start, end = seconds(item.get("start_time")), seconds(item.get("end_time"))
        said = flat(inner(item, "alternatives", 0, "content"))
        speaker = flat(item.get("speaker_label")) or speakers.get(flat(item.get("start_time")), "")
        found.words.append(TimedWord(start, end, said, speaker))
    return found


def is_azure(data: Any) -> bool:
    """Recognized phrases with `offsetInTicks` and `nBest`, those of one call, or `phrases`."""
    return bool(_azure_phrases(data))


def read_azure(data: Any) -> Recognised:
    """Read one span for each phrase; times are ticks of 100 ns, milliseconds, or `PT1.2S`."""
    found = Recognised(text_source=by_model("azure-speech"))
    for phrase in _azure_phrases(data):
        start = _azure_time(phrase, "offset")
        length = _azure_time(phrase, "duration")
        best = inner(first(phrase, "nBest NBest"), 0)
        text = inner(best, "display") or inner(best, "Display") or first(phrase, "text DisplayText")
        end = start + length if start is not None and length is not None else None
        found.add(start, end, text, person(first(phrase, "speaker SpeakerId")))
    return found


def _azure_phrases(data: Any) -> list[Mapping[str, Any]]:
    for place in (("recognizedPhrases",), ("phrases",), ()):
        phrases = objects(inner(data, *place) if isinstance(data, dict) or not place else None)
        if phrases and all(_azure_time(each, "offset") is not None for each in phrases):
            return phrases
    return [data] if has(data, "RecognitionStatus Offset") else []


def _azure_time(phrase: Mapping[str, Any], name: str) -> float | None:
    if f"{name}Milliseconds" in phrase:
        return seconds(phrase[f"{name}Milliseconds"], 1000)
    ticks = first(phrase, f"{name}InTicks {name.title()}")
    if ticks is not None:
        return seconds(ticks, _TICKS)
    told = phrase.get(name)
    return seconds(told) if isinstance(told, str) else None


def is_deepgram(data: Any) -> bool:
    """`{"results": {"channels": [{"alternatives": [...]}], "utterances": [...]}}`."""
    return bool(objects(inner(data, "results", "channels")))


def read_deepgram(data: Any) -> Recognised:
    """Read utterances; else the sentences of paragraphs; else words. All channels are read."""
    models = inner(data, "metadata", "model_info")
    model = next(iter(models.values()), None) if isinstance(models, dict) else None
    name, version = inner(model, "name"), inner(model, "version")
    found = Recognised(text_source=by_model(f"deepgram-{flat(name) or 'unknown'}", version))
    results = data["results"]
    for spoken in objects(results.get("utterances")):
        start, end = seconds(spoken.get("start")), seconds(spoken.get("end"))
        found.add(start, end, spoken.get("transcript"), person(spoken.get("speaker")))
    if found.cues:
        return found
    channels = objects(results["channels"])
    for number, channel in enumerate(channels, 1):
        best = inner(channel, "alternatives", 0)
        usual = f"channel {number}" if len(channels) > 1 else ""
        for paragraph in objects(inner(best, "paragraphs", "paragraphs")):
            speaker = person(paragraph.get("speaker")) or usual
            for sentence in objects(paragraph.get("sentences")):
                start, end = seconds(sentence.get("start")), seconds(sentence.get("end"))
                found.add(start, end, sentence.get("text"), speaker)
        if not objects(inner(best, "paragraphs", "paragraphs")):
            for word in objects(inner(best, "words")):
                start, end = seconds(word.get("start")), seconds(word.get("end"))
                speaker = person(word.get("speaker")) or usual
                text = flat(first(word, "punctuated_word word"))
                found.words.append(TimedWord(start, end, text, speaker))
    return found


def is_assemblyai(data: Any) -> bool:
    """An object with words in milliseconds, and what was asked of the service."""
    asked = ("audio_url", "acoustic_model", "speech_model", "audio_duration", "language_model")
    listed = objects(inner(data, "utterances")) or objects(inner(data, "words"))
    return bool(listed) and any(name in data for name in asked)


def read_assemblyai(data: Any) -> Recognised:
    """Read utterances where speakers were told apart, else words; times are milliseconds."""
    name = first(data, "speech_model acoustic_model")
    found = Recognised(text_source=by_model("assemblyai", name))
    for spoken in objects(data.get("utterances")):
        start, end = seconds(spoken.get("start"), 1000), seconds(spoken.get("end"), 1000)
        found.add(start, end, spoken.get("text"), person(spoken.get("speaker")))
    for word in [] if found.cues else objects(data.get("words")):
        start, end = seconds(word.get("start"), 1000), seconds(word.get("end"), 1000)
        found.words.append(
            TimedWord(start, end, flat(word.get("text")), person(word.get("speaker")))
        )
    return found
