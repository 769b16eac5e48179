"""JSON of recognisers and aligners, key by key: each is told apart, and what it says is taken."""

import json
from typing import Any

import pytest

from audioset.documents.cues.recognised import parse_json
from audioset.documents.cues.recognised.values import (
    Recognised,
    TimedWord,
    by_model,
    first,
    flat,
    inner,
    person,
    seconds,
)
from audioset.documents.cues.recognised.words import sentences
from audioset.errors import InvalidInputError
from audioset.records.cue import Cue

Said = list[tuple[float, float, str | None, str | None]]  # start, end, text, speaker


def read(data: Any, tier: str | None = None) -> tuple[str, str, Said, list[str]]:
    found, shape = parse_json(data if isinstance(data, str) else json.dumps(data), tier)
    cues = [(one.start_seconds, one.end_seconds, one.text, one.speaker) for _, one in found.cues]
    return shape, found.text_source, cues, found.notes


def said(data: Any, tier: str | None = None) -> Said:
    return read(data, tier)[2]


def source(data: Any) -> str:
    return read(data)[1]


def cue(start: float, end: float, text: str | None = None, speaker: str | None = None) -> Cue:
    return Cue(start_seconds=start, end_seconds=end, text=text, speaker=speaker)


SEGMENT = {"start": 0.5, "end": 1.5, "text": "a"}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "human"),
        ({"model": "base en"}, "model:base-en@unknown"),
        ({"model_name": "m"}, "model:m@unknown"),
        ({"info": {"model": "m"}}, "model:m@unknown"),
        ({"model": 7}, "human"),
        ({"word_segments": []}, "model:whisperx@unknown"),
        ({"segments": [{**SEGMENT, "avg_logprob": -1}]}, "model:whisper@unknown"),
        ({"segments": [{**SEGMENT, "no_speech_prob": 0}]}, "model:whisper@unknown"),
        ({"segments": [{**SEGMENT, "compression_ratio": 0}]}, "model:whisper@unknown"),
        ({"segments": [{**SEGMENT, "tokens": []}]}, "model:whisper@unknown"),
        ({"segments": [{**SEGMENT, "temperature": 0}]}, "model:whisper@unknown"),
        ({"segments": [{**SEGMENT, "confidence": 0}]}, "model:unknown@unknown"),
        ({"segments": [{**SEGMENT, "score": 0}]}, "model:unknown@unknown"),
        ({"segments": [{**SEGMENT, "words": [{"probability": 1}]}]}, "model:unknown@unknown"),
        ({"segments": [*[SEGMENT] * 2, {**SEGMENT, "score": 0}]}, "model:unknown@unknown"),
        ({"segments": [*[SEGMENT] * 3, {**SEGMENT, "score": 0}]}, "human"),
        ({"segments": [*[SEGMENT] * 2, {**SEGMENT, "tokens": []}]}, "model:whisper@unknown"),
        ({"segments": [*[SEGMENT] * 3, {**SEGMENT, "tokens": []}]}, "human"),
    ],
)
def test_who_wrote_segments(more: dict[str, Any], expected: str) -> None:
    data = {"segments": [SEGMENT], **more}
    assert source(data) == expected
    told = ["nothing says who wrote the texts; they are taken for a person's"]
    assert read(data)[3] == (told if expected == "human" else [])


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        ({"start_time": 1, "end_time": 2, "body": "a"}, (1, 2, "a", None)),
        ({"startTime": 1, "endTime": 2, "transcript": "a"}, (1, 2, "a", None)),
        ({"begin": 1, "end": 2, "sentence": "a"}, (1, 2, "a", None)),
        ({"start": 1, "duration": 2, "text": "a"}, (1, 3, "a", None)),
        ({"start": 1, "end": 2, "duration": 9, "text": "a"}, (1, 2, "a", None)),
        ({"start": 1, "end": 2, "words": [{"text": "a"}, {"word": "b"}]}, (1, 2, "a b", None)),
        ({"start": 1, "end": 2, "text": "a", "speaker": 3}, (1, 2, "a", "speaker 3")),
        ({"start": 1, "end": 2, "text": "a", "speaker_id": "m"}, (1, 2, "a", "Mary")),
        ({"start": 1, "end": 2, "text": "a", "speakerId": "t"}, (1, 2, "a", "t")),
    ],
)
def test_segments_under_any_name(segment: dict[str, Any], expected: tuple[Any, ...]) -> None:
    data = {"segments": [segment], "speakers": [{"id": "m", "name": "Mary"}]}
    assert read(data)[0] == "Whisper or WhisperX segments"
    assert said(data) == [expected]
    segments = [segment]
    for place in (
        segments,
        {"result": {"segments": segments}},
        {"transcription": {"segments": segments}},
        {"transcription": {"utterances": segments}},
        {"result": {"transcription": {"utterances": segments}}},
    ):
        assert [one[:3] for one in said(place)] == [expected[:3]]
    with pytest.raises(
        InvalidInputError, match=r"^JSON of an unknown shape \(an object with 'x'\)"
    ):
        read({"x": segments})


def test_whisper_cpp() -> None:
    span = {"offsets": {"from": 500, "to": 1500}, "text": " a ", "speaker": "0"}
    data = {"transcription": [span], "model": {"type": "base"}, "params": {"model": "no"}}
    assert read(data) == (
        "whisper.cpp", "model:whisper.cpp@base", [(0.5, 1.5, "a", "speaker 0")], [],
    )  # fmt: skip
    data["model"] = {}
    assert source(data) == "model:whisper.cpp@no"
    none = {"transcription": [span, {"timestamps": {}, "text": "b"}]}
    assert read(none)[3] == ["span 2 has no times; left out"]


def test_chunks_of_transformers() -> None:
    chunks = [{"timestamp": [0, 1.5], "text": "a b"}, {"timestamp": [1.5, None], "text": "c"}]
    found = read({"text": "", "chunks": chunks})
    assert found == (
        "transformers chunks", "model:transformers@unknown", [(0, 1.5, "a b", None)],
        ["span 2 has no times; left out"],
    )  # fmt: skip
    words = [{"timestamp": [0, 1], "text": "a"}, {"timestamp": [1, 2], "text": "b."}]
    assert said({"chunks": words}) == [(0, 2, "a b.", None)]
    told = [{**chunks[0], "speaker": "m"}]
    assert said({"chunks": chunks, "speakers": told}) == [(0, 1.5, "a b", "m")]


def test_json3_of_youtube() -> None:
    def event(start: int | None, length: int | None, *parts: str, **more: Any) -> dict[str, Any]:
        return {
            "tStartMs": start,
            "dDurationMs": length,
            "segs": [{"utf8": x} for x in parts],
            **more,
        }

    data = {
        "events": [
            event(0, 3000, "a", " b"), event(1000, 3000, "c"), event(1500, 1, "\n"),
            event(1600, 1, "x", aAppend=1), event(5000, 1000, "d"), event(5000, 500, "e"),
            event(7000, None, "f"),
        ]
    }  # fmt: skip
    assert read(data) == (
        "YouTube json3", "subtitles",
        [(0, 1, "a b", None), (1, 4, "c", None), (5, 6, "d", None), (5, 5.5, "e", None)],
        ["span 5 has no times; left out"],
    )  # fmt: skip


def test_google() -> None:
    def word(text: str, start: str | None, end: str, **more: Any) -> dict[str, Any]:
        return {"word": text, **({"startTime": start} if start else {}), "endTime": end, **more}

    first = {"transcript": "a b", "words": [word("a", None, "0.5s"), word("b", "0.6s", "1s")]}
    results = [
        {"alternatives": [first], "channelTag": 2},
        {"alternatives": [{"transcript": "c"}], "resultEndTime": "3s"},
        {"alternatives": [{"transcript": "d"}], "result_end_time": "4s"},
    ]
    expected = [(0, 1, "a b", "speaker 2"), (1, 3, "c", None), (3, 4, "d", None)]
    for place in (
        {"results": results}, results, {"response": {"results": results}},
        {"results": {"results": results}},
    ):  # fmt: skip
        assert read(place) == ("Google", "model:google@unknown", expected, [])
    for number, name in enumerate(("startTime", "start_time", "startOffset", "start_offset"), 1):
        end = name.replace("start", "end")
        only = {"transcript": "a", "words": [{"word": "a", name: f"{number}s", end: "9s"}]}
        assert said([{"alternatives": [only]}]) == [(number, 9, "a", None)]
    for name in ("resultEndTime", "result_end_time", "resultEndOffset"):
        assert said([{"alternatives": [{"transcript": "a"}], name: "9s"}]) == [(0, 9, "a", None)]
    snake = {"start_time": "1s", "end_time": "2s", "word": "a", "speaker_tag": 1}
    for tagged in (
        snake,
        {"startOffset": "1s", "endOffset": "2s", "word": "a", "speakerLabel": "1"},
        {"start_offset": "1s", "end_offset": "2s", "word": "a", "speakerTag": 1},
    ):
        last = {"alternatives": [{"transcript": "a", "words": [tagged]}]}
        assert said({"results": [results[0], last]}) == [(1, 2, "a", "speaker 1")]


def test_amazon() -> None:
    segment = {
        "start_time": "0.5", "end_time": "1.5", "transcript": "a b", "speaker_label": "spk_0",
    }  # fmt: skip
    spoken = {
        "type": "pronunciation",
        "start_time": "0.5",
        "end_time": "1",
        "alternatives": [{"content": "a"}],
    }
    items = [spoken, {"type": "punctuation", "alternatives": [{"content": "."}]}]
    whole = read({"results": {"items": items, "audio_segments": [segment]}})
    assert whole == (
        "Amazon Transcribe", "model:amazon-transcribe@unknown", [(0.5, 1.5, "a b", "spk_0")], [],
    )  # fmt: skip
    labels = {"segments": [{"items": [{"start_time": "0.5", "speaker_label": "spk_1"}]}]}
    assert said({"results": {"items": items, "speaker_labels": labels}}) == [
        (0.5, 1, "a.", "spk_1")
    ]
    own = [{**spoken, "speaker_label": "spk_2"}, items[1]]
    data = {"results": {"items": own, "speaker_labels": labels}}
    assert said(data) == [(0.5, 1, "a.", "spk_2")]
    assert read(data)[3] == [
        "1 words are joined to 1 cues, at full stops, pauses of 0.6 s, and where another speaks"
    ]


@pytest.mark.parametrize(
    "times",
    [
        {"offsetInTicks": 5_000_000, "durationInTicks": 10_000_000},
        {"offsetMilliseconds": 500, "durationMilliseconds": 1000},
        {"offset": "PT0.5S", "duration": "PT1S"},
        {"Offset": 5_000_000, "Duration": 10_000_000},
    ],
)
def test_azure(times: dict[str, Any]) -> None:
    for more, expected in (
        ({"nBest": [{"display": "a"}], "speaker": 1}, ("a", "speaker 1")),
        ({"NBest": [{"Display": "a"}], "SpeakerId": "m"}, ("a", "m")),
        ({"text": "a"}, ("a", None)),
        ({"DisplayText": "a", "RecognitionStatus": "Success"}, ("a", None)),
    ):
        phrase = {**times, **more}
        for place in ({"recognizedPhrases": [phrase]}, {"phrases": [phrase]}, [phrase]):
            assert read(place) == (
                "Azure", "model:azure-speech@unknown", [(0.5, 1.5, *expected)], [],
            )  # fmt: skip


def test_azure_of_one_call() -> None:
    one = {
        "RecognitionStatus": "Success",
        "Offset": 5_000_000,
        "Duration": 10_000_000,
        "DisplayText": "a",
    }
    assert said(one) == [(0.5, 1.5, "a", None)]
    del one["Duration"]
    assert read(one)[2:] == ([], ["span 1 has no times; left out"])


def test_deepgram() -> None:
    word = {"word": "a", "punctuated_word": "A.", "start": 0.5, "end": 1, "speaker": 1}
    sentence = {"start": 0.5, "end": 1.5, "text": "s"}
    spoken = {"start": 0.5, "end": 2, "transcript": "u", "speaker": 0}

    def of(*alternatives: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"results": {"channels": [{"alternatives": [one]} for one in alternatives], **more}}

    words = {"words": [word]}
    paragraphs = {**words, "paragraphs": {"paragraphs": [{"speaker": 2, "sentences": [sentence]}]}}
    assert read(of(paragraphs, utterances=[spoken])) == (
        "Deepgram", "model:deepgram-unknown@unknown", [(0.5, 2, "u", "speaker 0")], [],
    )  # fmt: skip
    assert said(of(paragraphs)) == [(0.5, 1.5, "s", "speaker 2")]
    assert said(of(words)) == [(0.5, 1, "A.", "speaker 1")]
    plain = {"words": [{"word": "a", "start": 0.5, "end": 1}]}
    loose = {"paragraphs": {"paragraphs": [{"sentences": [sentence]}]}}
    assert said(of(plain)) == [(0.5, 1, "a", None)]
    assert said(of(loose, plain)) == [(0.5, 1.5, "s", "channel 1"), (0.5, 1, "a", "channel 2")]
    data = of(words)
    data["metadata"] = {"model_info": {"x": {"name": "nova", "version": "3"}, "y": {"name": "z"}}}
    assert source(data) == "model:deepgram-nova@3"


def test_assemblyai() -> None:
    word = {"start": 500, "end": 1500, "text": "a", "speaker": "A"}
    for asked in (
        "audio_url",
        "acoustic_model",
        "speech_model",
        "audio_duration",
        "language_model",
    ):
        assert read({asked: "x", "words": [word]})[:3] == (
            "AssemblyAI",
            f"model:assemblyai@{'x' if 'h_model' in asked or 'acoustic' in asked else 'unknown'}",
            [(0.5, 1.5, "a", "A")],
        )
    spoken = {**word, "text": "u"}
    assert said({"audio_url": "x", "words": [word], "utterances": [spoken]}) == [
        (0.5, 1.5, "u", "A")
    ]
    assert said({"audio_url": "x", "utterances": [spoken]}) == [(0.5, 1.5, "u", "A")]


def test_watson() -> None:
    data = {
        "results": [
            {"alternatives": [{"transcript": "a b", "timestamps": [["a", 0.5, 1], ["b", 1, 2]]}]}
        ],
        "speaker_labels": [{"from": 0.5, "speaker": 0}, {"from": 1, "speaker": 1}],
    }
    shape, writer, cues, _ = read(data)
    assert (shape, writer) == ("Watson", "model:watson@unknown")
    assert cues == [(0.5, 1, "a", "speaker 0"), (1, 2, "b", "speaker 1")]


def test_manifests_of_nemo() -> None:
    row = {"audio_filepath": "x/a.wav", "duration": 2, "text": "a", "speaker": "m"}
    found, _ = parse_json(json.dumps(row) + "\n" + json.dumps({**row, "offset": 1.5, "text": "b"}))
    assert [name for name, _ in found.cues] == ["x/a.wav", "x/a.wav"]
    assert said([row]) == [(0, 2, "a", "m")]
    assert said([{**row, "offset": 1.5}]) == [(1.5, 3.5, "a", "m")]
    assert read([row])[:2] == ("NeMo manifest", "human")
    guessed = {"audio_filepath": "a", "duration": 1, "pred_text": "p"}
    assert read([guessed])[1:3] == ("model:nemo@unknown", [(0, 1, "p", None)])
    assert source([{**guessed, "text": "t"}]) == "human"
    assert read([{**row, "duration": None}])[3] == ["span 1 has no times; left out"]


def test_label_studio() -> None:
    def part(name: str, start: float, end: float, **value: Any) -> dict[str, Any]:
        return {"id": name, "value": {"start": start, "end": end, **value}}

    result = [
        part("1", 0.5, 1.5, labels=["m"]), part("1", 0.5, 1.5, text=["a", "b"]),
        part("2", 2, 3, labels=["noise"]), part("3", 4, 5, text="c"),
    ]  # fmt: skip
    task = {"data": {"audio": "/data/local-files/?d=x/a.wav"}, "annotations": [{"result": result}]}
    expected = [(0.5, 1.5, "a b", "m"), (2, 3, "noise", None), (4, 5, "c", None)]
    assert read([task]) == ("Label Studio", "human", expected, [])
    assert [name for name, _ in parse_json(json.dumps(task))[0].cues] == ["x/a.wav"] * 3
    both = {**task, "annotations": [{"result": result}, {"result": result[2:]}]}
    assert read(both)[2:] == (expected, ["the first of 2 annotations of a task is read"])
    guessed = {
        "data": {"video": "v.mp4"}, "annotations": [{"result": []}],
        "predictions": [{"result": result[2:3], "model_version": "v1"}],
    }  # fmt: skip
    assert read(guessed)[1:3] == ("model:label-studio@v1", [(2, 3, "noise", None)])
    short = {
        "audio": "a.wav",
        "label": [{"start": 1, "end": 2, "labels": ["m"]}],
        "transcription": ["t"],
    }
    assert read([short])[:3] == ("Label Studio", "human", [(1, 2, "t", "m")])
    channel = {"url": "a.wav", "x": [{"start": 1, "end": 2, "channel": 0}], "transcription": "t"}
    assert said([channel]) == [(1, 2, "t", None)]


def test_aeneas() -> None:
    leaf = {"begin": "0.5", "end": "1.5", "lines": ["a", "b"]}
    data = {
        "fragments": [
            leaf,
            {**leaf, "children": [{**leaf, "lines": ["c"]}, {**leaf, "lines": ["d"]}]},
        ]
    }
    assert read(data) == (
        "aeneas", "transcript",
        [(0.5, 1.5, text, None) for text in ("a b", "c", "d")], [],
    )  # fmt: skip


def test_tiers_of_aligners() -> None:
    def tier(*texts: str) -> dict[str, Any]:
        return {
            "type": "interval",
            "entries": [[at, at + 1, text] for at, text in enumerate(texts)],
        }

    aligned = {"tiers": {"words": tier("a", "<eps>", "sp", "sil", "", "b"), "phones": tier("x")}}
    assert read(aligned) == (
        "tiers of MFA or praatio", "transcript", [(0, 1, "a", None), (5, 6, "b", None)],
        ["read is the tier 'words'"],
    )  # fmt: skip
    assert said(aligned, "phones") == [(0, 1, "x", None)]
    two = {
        "tiers": {"mary - words": tier("a"), "tom - words": tier("b"), "mary - phones": tier("x")}
    }
    assert read(two)[2:] == (
        [(0, 1, "a", "mary"), (0, 1, "b", "tom")],
        ["read is the tier 'mary - words', 'tom - words'"],
    )
    listed = {"tiers": [{"name": "s", **tier("a")}, {"name": "e", **tier("", "")}]}
    assert read(listed)[1:3] == ("human", [(0, 1, "a", None)])
    with pytest.raises(InvalidInputError, match=r"^has no tier 'x'; its tiers are 's' \(1 c"):
        read(listed, "x")


def test_lists_of_words() -> None:
    def word(text: str, start: float, end: float, **more: Any) -> dict[str, Any]:
        return {"word": text, "start": start, "end": end, **more}

    part = {"result": [word("a", 0.5, 1), word("b", 1, 2)], "text": "a b!"}
    assert read(part)[:3] == ("Vosk", "model:vosk@unknown", [(0.5, 2, "a b!", None)])
    assert said(json.dumps({"partial": "a"}) + json.dumps({**part, "text": ""})) == [
        (0.5, 2, "a b", None)
    ]
    assert len(said([part, part])) == 2
    words = [
        word("a", 0.5, 1, punctuated_word="A", speaker=1),
        {"text": " ", "type": "spacing", "start": 1},
        {"type": "audio_event", "text": "(laughs)", "start": 1, "end": 2},
        {"text": "b", "start": 1, "end": 2, "speaker_id": "1"},
    ]  # fmt: skip
    assert read({"words": words})[:3] == (
        "list of words", "model:unknown@unknown", [(0.5, 2, "A b", "speaker 1")],
    )  # fmt: skip
    assert source({"words": words, "model": "scribe"}) == "model:scribe@unknown"


def test_rev_and_speechmatics() -> None:
    elements = [
        {"type": "text", "value": "a", "ts": 0.5, "end_ts": 1}, {"type": "punct", "value": "."},
        {"type": "punct", "value": " "}, {"type": "text", "value": "b", "ts": 1.5, "end_ts": 2},
    ]  # fmt: skip
    rev: dict[str, Any] = {"monologues": [{"speaker": 0, "elements": elements}]}
    expected = [(0.5, 1, "a."), (1.5, 2, "b")]
    assert read(rev)[:3] == (
        "Rev.ai",
        "model:rev@unknown",
        [(*one, "speaker 0") for one in expected],
    )
    rev["speakers"] = [{"id": 0, "name": "Mary"}]
    assert said(rev) == [(*one, "Mary") for one in expected]
    rev["monologues"][0]["speaker_name"] = "Tom"
    assert said(rev) == [(*one, "Tom") for one in expected]

    def result(kind: str, text: str, start: float, end: float) -> dict[str, Any]:
        best = {"content": text, "speaker": "S1"}
        return {"type": kind, "start_time": start, "end_time": end, "alternatives": [best]}

    data = {
        "results": [
            result("word", "a", 0.5, 1),
            result("punctuation", ",", 1, 1),
            result("word", "b", 1, 2),
        ]
    }
    assert read(data)[:3] == (
        "Speechmatics", "model:speechmatics@unknown", [(0.5, 2, "a, b", "S1")],
    )  # fmt: skip


def test_gentle() -> None:
    words = [
        {"case": "success", "word": "a", "start": 0.5, "end": 1, "startOffset": 0},
        {"case": "not-found-in-audio", "word": "x", "startOffset": 3},
        {"case": "success", "word": "b", "start": 1, "end": 2, "startOffset": 5},
        {"case": "success", "word": "c", "start": 2, "end": 3},
    ]
    shape, writer, cues, notes = read({"transcript": "A, x b!", "words": words})
    assert (shape, writer) == ("Gentle", "transcript")
    assert cues == [(0.5, 2, "A, b!", None), (2, 3, "c", None)]
    assert notes[0] == "1 words were not found in the sound and are left out"


def test_json_that_cannot_be_read() -> None:
    for text, told in (
        ('{\n"a": x}', r"^line 2: not JSON \(expecting value at column 6: 'x}'\)$"),
        ("[" * 100_000, "^line 1: JSON that is nested too deep, or no JSON$"),
        ("7", r"^JSON of an unknown shape \('7'\); known are whisper\.cpp, Deepgram, "),
        ("[]", r"^JSON of an unknown shape \(a list without names\)"),
        ("{}", r"^JSON of an unknown shape \(an object with nothing in it\)"),
        ('[{"a": 1, "b": 2}]', r"^JSON of an unknown shape \(a list with 'a', 'b'\)"),
        (
            '{"a":0,"b":0,"c":0,"d":0,"e":0,"f":0,"g":0}',
            r"^JSON of an unknown shape \(an object with 'a', 'b', 'c', 'd', 'e', 'f'\)",
        ),
    ):
        with pytest.raises(InvalidInputError, match=told):
            read(text)
    with pytest.raises(
        InvalidInputError, match=r"^JSON of Whisper or WhisperX segments has no tiers"
    ):
        read([SEGMENT], "x")
    assert (
        said(f" {json.dumps(SEGMENT)},\r\n\t{json.dumps(SEGMENT)} \n")
        == [(0.5, 1.5, "a", None)] * 2
    )
    empty = {"start": 1, "end": 1, "text": ""}
    assert said([empty, {**empty, "speaker": "m"}, {**empty, "end": 2}]) == [
        (1, 1, None, "m"),
        (1, 2, None, None),
    ]


@pytest.mark.parametrize(
    ("value", "per_second", "expected"),
    [
        (1500, 1000, 1.5),
        (0, 1, 0.0),
        ("1.2", 1, 1.2),
        (" 1.2s ", 1, 1.2),
        ("PT1H2M3.5S", 1, 3723.5),
        ("PT2M1S", 1, 121.0),
        ("-1", 1, -1.0),
        ("1500", 1000, 1.5),
        ("x", 1, None),
        ("", 1, None),
        (True, 1, None),
        (None, 1, None),
        ([1], 1, None),
        (1e10, 1, None),
        (9e9, 1, 9e9),
        (1e19, 1e12, None),
        (1e18, 1e12, 1e6),
        (-1e10, 1, None),
        (float("nan"), 1, None),
        (0.1234567891, 1, 0.123456789),
    ],
)
def test_values_of_times_in_json(value: object, per_second: float, expected: float | None) -> None:
    assert seconds(value, per_second) == expected


def test_values_of_strangers() -> None:
    assert [flat(each) for each in (" a \n b ", 7, True, None, 1.5, [])] == [
        "a b",
        "7",
        "",
        "",
        "",
        "",
    ]
    assert len(flat("x" * 100_001)) == 100_000
    data = {"a": [{"b": 1}, 2]}
    assert (inner(data, "a", 0, "b"), inner(data, "a", 1), inner(data)) == (1, 2, data)
    assert [inner(data, *path) for path in (("a", 2), ("b",), ("a", "b"), ("a", 1, "c"))] == [
        None
    ] * 4
    assert first({"a": None, "b": 0, "c": 1}, "a b c") == 0
    assert first({}, "a") is None
    assert (person(3), person("3", "channel"), person("Mary"), person(None)) == (
        "speaker 3",
        "channel 3",
        "Mary",
        "",
    )
    assert (by_model("a b@c"), by_model("a", 2), by_model(None, "")) == (
        "model:a-b-c@unknown",
        "model:a@2",
        "model:unknown@unknown",
    )
    found = Recognised()
    found.add(0.0, 1.0, " a  b ", 7, recording=" r ")
    found.add(None, 1.0, "x")
    found.add(1.0, None, "x")
    found.add(1.0, 2.0)
    assert found.cues == [("r", cue(0, 1, "a b", "7")), ("", cue(1, 2))]
    assert found.notes == ["span 2 has no times; left out", "span 3 has no times; left out"]


def test_words_become_sentences() -> None:
    def join(*words: tuple[float | None, float | None, str, str]) -> list[Cue]:
        return list(sentences([TimedWord(*word) for word in words]))

    assert join() == []
    assert join((0, 1, "a", "m"), (1, 2, "b", "m"), (None, None, ".", ""), (2, 3, "c", "m")) == [
        cue(0, 2, "a b.", "m"), cue(2, 3, "c", "m"),
    ]  # fmt: skip
    assert join((0, 1, "a", ""), (1.5, 2, "b", ""), (2.61, 3, "c", "")) == [
        cue(0, 2, "a b"),
        cue(2.61, 3, "c"),
    ]
    assert join((0, 1, "a", "m"), (1, 2, "b", "n")) == [cue(0, 1, "a", "m"), cue(1, 2, "b", "n")]
    assert join((1, 2, "a", ""), (1, 3, "b", ""), (0.5, 1, "c", "")) == [
        cue(1, 3, "a b"),
        cue(0.5, 1, "c"),
    ]
    assert join((0, 1, 'a?"', ""), (1, 2, "b", "")) == [cue(0, 1, 'a?"'), cue(1, 2, "b")]
    long = [(float(at), float(at + 1), "w", "") for at in range(21)]
    assert [one.end_seconds for one in join(*long)] == [20, 21]
    assert join((0, 3, "a", ""), (1, 2, "b", "")) == [cue(0, 3, "a b")]
    assert join((None, None, ".", ""), (0, 1, "a", ""), (None, None, "b", "")) == [cue(0, 1, "a")]
