"""What recognisers, aligners and tools around them write: the same two sentences in each shape."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from audioset.documents.cues import find_cues_beside, read_cues
from audioset.documents.cues.recognised.read import SHAPES
from audioset.errors import InvalidInputError
from audioset.records.cue_file import CueFile

# Two speakers, who say four words; each shape names the speakers as it does.
WORDS = [
    ("Good", 1.0, 1.4, 0),
    ("morning.", 1.5, 2.5, 0),
    ("The", 4.0, 4.2, 1),
    ("kettle.", 4.3, 6.2, 1),
]
SPANS = [(1.0, 2.5, "Good morning.", 0), (4.0, 6.2, "The kettle.", 1)]


def words(start: str, end: str, text: str, scale: float = 1, **also: str) -> list[dict[str, Any]]:
    return [
        {
            start: round(a * scale, 3),
            end: round(b * scale, 3),
            text: said,
            **({also["speaker"]: who} if "speaker" in also else {}),
        }
        for said, a, b, who in WORDS
    ]


def spans(start: str, end: str, text: str, scale: float = 1, **also: str) -> list[dict[str, Any]]:
    return [
        {
            start: round(a * scale, 3),
            end: round(b * scale, 3),
            text: said,
            **({also["speaker"]: who} if "speaker" in also else {}),
        }
        for a, b, said, who in SPANS
    ]


def proto(seconds: float) -> str:
    return f"{seconds:.3f}s"


GOOGLE_WORDS = [
    {"word": w, "startTime": proto(a), "endTime": proto(b), "speakerTag": who + 1}
    for w, a, b, who in WORDS
]
AMAZON_ITEMS = [
    item
    for w, a, b, _ in WORDS
    for item in (
        {
            "type": "pronunciation",
            "start_time": f"{a}",
            "end_time": f"{b}",
            "alternatives": [{"confidence": "0.9", "content": w.rstrip(".")}],
        },
        *(
            [{"type": "punctuation", "alternatives": [{"confidence": "0.0", "content": "."}]}]
            if w.endswith(".")
            else []
        ),
    )
]
SPEECHMATICS = [
    {
        "type": "word",
        "start_time": a,
        "end_time": b,
        "alternatives": [{"content": w.rstrip("."), "speaker": f"S{who + 1}"}],
    }
    for w, a, b, who in WORDS
]
SPEECHMATICS.insert(
    2,
    {
        "type": "punctuation",
        "start_time": 2.5,
        "end_time": 2.5,
        "attaches_to": "previous",
        "is_eos": True,
        "alternatives": [{"content": ".", "speaker": "S1"}],
    },
)
SPEECHMATICS.append({"type": "punctuation", "alternatives": [{"content": "."}]})
WHISPER_SEGMENT = {"avg_logprob": -0.2, "no_speech_prob": 0.01, "tokens": [1, 2]}
LS_RESULT = [
    {
        "id": f"r{number}",
        "type": kind,
        "value": {
            "start": a,
            "end": b,
            **({"labels": [f"spk{who}"]} if kind == "labels" else {"text": [t]}),
        },
    }
    for number, (a, b, t, who) in enumerate(SPANS)
    for kind in ("labels", "textarea")
]

# name -> data, who wrote the texts, names of the two speakers
CASES: dict[str, tuple[Any, str, tuple[str | None, str | None]]] = {
    "whisper": (
        {
            "text": "...",
            "language": "en",
            "segments": [{**each, **WHISPER_SEGMENT} for each in spans("start", "end", "text")],
        },
        "model:whisper@unknown",
        (None, None),
    ),
    "faster-whisper list": (
        [{**each, **WHISPER_SEGMENT} for each in spans("start", "end", "text")],
        "model:whisper@unknown",
        (None, None),
    ),
    "whisperx": (
        {
            "segments": [
                {**each, "speaker": f"SPEAKER_0{number}", "words": []}
                for number, each in enumerate(spans("start", "end", "text"))
            ],
            "word_segments": words("start", "end", "word"),
        },
        "model:whisperx@unknown",
        ("SPEAKER_00", "SPEAKER_01"),
    ),
    "whisper.cpp": (
        {
            "systeminfo": "AVX = 1",
            "model": {"type": "base", "multilingual": True},
            "transcription": [
                {
                    "timestamps": {"from": "00:00:01,000", "to": "00:00:02,500"},
                    "offsets": {"from": round(a * 1000), "to": round(b * 1000)},
                    "text": f" {t}",
                }
                for a, b, t, _ in SPANS
            ],
        },
        "model:whisper.cpp@base",
        (None, None),
    ),
    "openai words": (
        {"task": "transcribe", "language": "english", "words": words("start", "end", "word")},
        "model:unknown@unknown",
        (None, None),
    ),
    "transformers chunks": (
        {"text": "...", "chunks": [{"timestamp": [a, b], "text": t} for a, b, t, _ in SPANS]},
        "model:transformers@unknown",
        (None, None),
    ),
    "google": (
        {
            "results": [
                {
                    "alternatives": [
                        {"transcript": t, "words": GOOGLE_WORDS[2 * n : 2 * n + 2]},
                        {"transcript": "other"},
                    ]
                }
                for n, (_, _, t, _) in enumerate(SPANS)
            ]
            + [{"alternatives": [{"words": GOOGLE_WORDS}]}]
        },
        "model:google@unknown",
        ("speaker 1", "speaker 2"),
    ),
    "google without words": (
        {
            "response": {
                "results": [
                    {"alternatives": [{"transcript": "ah"}], "resultEndTime": "1s"},
                    {"alternatives": [{"transcript": SPANS[0][2]}], "resultEndTime": "2.500s"},
                ]
            }
        },
        "model:google@unknown",
        (None, None),
    ),
    "amazon": (
        {
            "jobName": "j",
            "status": "COMPLETED",
            "results": {"transcripts": [], "items": AMAZON_ITEMS},
        },
        "model:amazon-transcribe@unknown",
        (None, None),
    ),
    "amazon segments": (
        {
            "results": {
                "items": AMAZON_ITEMS,
                "audio_segments": [
                    {
                        "start_time": str(a),
                        "end_time": str(b),
                        "transcript": t,
                        "speaker_label": f"spk_{who}",
                    }
                    for a, b, t, who in SPANS
                ],
            }
        },
        "model:amazon-transcribe@unknown",
        ("spk_0", "spk_1"),
    ),
    "azure batch": (
        {
            "source": "https://x/talk.wav",
            "recognizedPhrases": [
                {
                    "speaker": who + 1,
                    "offset": f"PT{a}S",
                    "offsetInTicks": a * 1e7,
                    "durationInTicks": round((b - a) * 1e7),
                    "nBest": [{"display": t, "lexical": t.lower()}],
                }
                for a, b, t, who in SPANS
            ],
        },
        "model:azure-speech@unknown",
        ("speaker 1", "speaker 2"),
    ),
    "azure fast": (
        {
            "phrases": [
                {
                    "offsetMilliseconds": round(a * 1000),
                    "durationMilliseconds": round((b - a) * 1000),
                    "text": t,
                }
                for a, b, t, _ in SPANS
            ]
        },
        "model:azure-speech@unknown",
        (None, None),
    ),
    "deepgram": (
        {
            "metadata": {
                "model_info": {"uuid": {"name": "2-general-nova", "version": "2024-01-09"}}
            },
            "results": {
                "channels": [
                    {
                        "alternatives": [
                            {
                                "transcript": "...",
                                "words": words("start", "end", "word", speaker="speaker"),
                            }
                        ]
                    }
                ]
            },
        },
        "model:deepgram-2-general-nova@2024-01-09",
        ("speaker 0", "speaker 1"),
    ),
    "deepgram utterances": (
        {
            "results": {
                "channels": [{"alternatives": [{"words": []}]}],
                "utterances": spans("start", "end", "transcript", speaker="speaker"),
            }
        },
        "model:deepgram-unknown@unknown",
        ("speaker 0", "speaker 1"),
    ),
    "assemblyai": (
        {
            "id": "5",
            "audio_url": "https://x",
            "speech_model": "best",
            "words": words("start", "end", "text", 1000, speaker="speaker"),
            "utterances": None,
        },
        "model:assemblyai@best",
        ("speaker 0", "speaker 1"),
    ),
    "assemblyai utterances": (
        {
            "audio_duration": 16,
            "words": [],
            "utterances": spans("start", "end", "text", 1000, speaker="speaker"),
        },
        "model:assemblyai@unknown",
        ("speaker 0", "speaker 1"),
    ),
    "rev.ai": (
        {
            "monologues": [
                {
                    "speaker": who,
                    "elements": [
                        piece
                        for w, a, b, speaks in WORDS
                        if speaks == who
                        for piece in (
                            {"type": "text", "value": w.rstrip("."), "ts": a, "end_ts": b},
                            {"type": "punct", "value": "." if w.endswith(".") else " "},
                        )
                    ],
                }
                for who in (0, 1)
            ]
        },
        "model:rev@unknown",
        ("speaker 0", "speaker 1"),
    ),
    "speechmatics": (
        {"format": "2.9", "metadata": {"type": "transcription"}, "results": SPEECHMATICS},
        "model:speechmatics@unknown",
        ("S1", "S2"),
    ),
    "vosk": (
        [
            {
                "result": [
                    {"conf": 1.0, "word": w, "start": a, "end": b}
                    for w, a, b, speaks in WORDS
                    if speaks == who
                ],
                "text": SPANS[who][2],
            }
            for who in (0, 1)
        ],
        "model:vosk@unknown",
        (None, None),
    ),
    "elevenlabs": (
        {
            "language_code": "eng",
            "words": [
                piece
                for w, a, b, who in WORDS
                for piece in (
                    {
                        "text": w,
                        "start": a,
                        "end": b,
                        "type": "word",
                        "speaker_id": f"speaker_{who}",
                    },
                    {"text": " ", "start": b, "end": b, "type": "spacing"},
                )
            ]
            + [{"text": "(laughter)", "start": 7, "end": 8, "type": "audio_event"}],
        },
        "model:unknown@unknown",
        ("speaker_0", "speaker_1"),
    ),
    "watson": (
        {
            "results": [
                {
                    "alternatives": [
                        {"transcript": "", "timestamps": [[w, a, b] for w, a, b, _ in WORDS]}
                    ],
                    "final": True,
                }
            ],
            "speaker_labels": [{"from": a, "to": b, "speaker": who} for _, a, b, who in WORDS],
        },
        "model:watson@unknown",
        ("speaker 0", "speaker 1"),
    ),
    "premiere": (
        {
            "language": "en-us",
            "speakers": [{"id": "u0", "name": "Isla"}, {"id": "u1", "name": "Ewan"}],
            "segments": [
                {
                    "start": a,
                    "duration": round(b - a, 3),
                    "speaker": f"u{who}",
                    "words": [
                        {"text": w, "start": x, "duration": 0.1, "confidence": 0.9}
                        for w, x, _, speaks in WORDS
                        if speaks == who
                    ],
                }
                for a, b, _, who in SPANS
            ],
        },
        "model:unknown@unknown",
        ("Isla", "Ewan"),
    ),
    "podcast": (
        {
            "version": "1.0.0",
            "segments": [
                {"speaker": f"S{who}", "startTime": a, "endTime": b, "body": t}
                for a, b, t, who in SPANS
            ],
        },
        "human",
        ("S0", "S1"),
    ),
    "youtube": (
        {
            "wireMagic": "pb3",
            "events": [
                {"tStartMs": 0, "dDurationMs": 9000, "id": 1},
                *(
                    {
                        "tStartMs": round(a * 1000),
                        "dDurationMs": round((b - a) * 1000),
                        "segs": [{"utf8": t[:4]}, {"utf8": t[4:]}],
                    }
                    for a, b, t, _ in SPANS
                ),
                {"tStartMs": 2500, "dDurationMs": 10, "aAppend": 1, "segs": [{"utf8": "\n"}]},
            ],
        },
        "subtitles",
        (None, None),
    ),
    "gentle": (
        {
            "transcript": "Good morning. Oh! The kettle.",
            "words": [
                {
                    "alignedWord": "good",
                    "case": "success",
                    "start": 1.0,
                    "end": 1.4,
                    "startOffset": 0,
                    "word": "Good",
                },
                {
                    "alignedWord": "morning",
                    "case": "success",
                    "start": 1.5,
                    "end": 2.5,
                    "startOffset": 5,
                    "word": "morning",
                },
                {"case": "not-found-in-audio", "startOffset": 14, "word": "Oh"},
                {
                    "alignedWord": "the",
                    "case": "success",
                    "start": 4.0,
                    "end": 4.2,
                    "startOffset": 18,
                    "word": "The",
                },
                {
                    "alignedWord": "kettle",
                    "case": "success",
                    "start": 4.3,
                    "end": 6.2,
                    "startOffset": 22,
                    "word": "kettle",
                },
            ],
        },
        "transcript",
        (None, None),
    ),
    "aeneas": (
        {
            "fragments": [
                {"begin": f"{a:.3f}", "end": f"{b:.3f}", "children": [], "id": "f1", "lines": [t]}
                for a, b, t, _ in SPANS
            ]
        },
        "transcript",
        (None, None),
    ),
    "praatio": (
        {
            "xmin": 0,
            "xmax": 9,
            "tiers": [
                {
                    "class": "IntervalTier",
                    "name": "said",
                    "entries": [[a, b, t] for a, b, t, _ in SPANS],
                },
                {"class": "IntervalTier", "name": "empty", "entries": []},
            ],
        },
        "human",
        (None, None),
    ),
    "nemo manifest": (
        [
            {
                "audio_filepath": "x/talk.wav",
                "offset": a,
                "duration": round(b - a, 3),
                "text": t,
                "speaker": who,
            }
            for a, b, t, who in SPANS
        ]
        + [{"audio_filepath": "x/other.wav", "offset": 0, "duration": 1, "text": "no"}],
        "human",
        ("0", "1"),
    ),
    "label studio": (
        [
            {
                "id": 1,
                "data": {"audio": "/data/local-files/?d=x/talk.wav"},
                "annotations": [{"result": LS_RESULT}],
            },
            {
                "id": 2,
                "data": {"audio": "/data/upload/other.wav"},
                "annotations": [{"result": LS_RESULT[:2]}],
            },
        ],
        "human",
        ("spk0", "spk1"),
    ),
    "label studio short": (
        [
            {
                "audio": "/data/upload/talk.wav",
                "id": 1,
                "label": [
                    {"start": a, "end": b, "labels": [f"spk{who}"]} for a, b, _, who in SPANS
                ],
                "transcription": [t for _, _, t, _ in SPANS],
            }
        ],
        "human",
        ("spk0", "spk1"),
    ),
}


def written(folder: Path, data: Any, name: str = "talk.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def rows(read: CueFile) -> list[tuple[float, float, str | None, str | None]]:
    return [
        (round(cue.start_seconds, 6), round(cue.end_seconds, 6), cue.text, cue.speaker)
        for cue in read.cues
    ]


@pytest.mark.parametrize("name", CASES)
def test_each_shape_gives_what_was_said_when_and_by_whom(tmp_path: Path, name: str) -> None:
    data, text_source, speakers = CASES[name]
    read = read_cues(written(tmp_path, data), recording="talk.wav")
    expected = [
        (start, end, text, speaker)
        for (start, end, text, _), speaker in zip(SPANS, speakers, strict=True)
    ]
    if name == "google without words":
        expected = [(0, 1, "ah", None), (1, 2.5, "Good morning.", None)]
    assert rows(read) == expected
    assert (read.format, read.text_source) == ("json", text_source)
    assert read.problems[0].startswith("JSON of ")
    if text_source != "human":
        assert text_source in read.problems[0]


def test_every_shape_that_is_known_was_tried(tmp_path: Path) -> None:
    tried = {
        read_cues(written(tmp_path, data), recording="talk.wav").problems[0].partition(";")[0]
        for data, _, _ in CASES.values()
    }
    assert tried == {f"JSON of {shape.name}" for shape in SHAPES}


def test_values_line_by_line_or_one_after_another_are_a_list(tmp_path: Path) -> None:
    parts = CASES["vosk"][0]
    path = tmp_path / "talk.jsonl"
    path.write_text("\n".join(json.dumps(part, indent=2) for part in [{"partial": ""}, *parts]))
    assert [row[2] for row in rows(read_cues(path))] == ["Good morning.", "The kettle."]
    manifest = CASES["nemo manifest"][0]
    path.write_text("".join(json.dumps(row) + "\n" for row in manifest))
    assert len(read_cues(path, recording="talk").cues) == 2
    with pytest.raises(InvalidInputError, match="is about 2 recordings"):
        read_cues(path)
    with pytest.raises(InvalidInputError, match="has nothing about 'else'"):
        read_cues(path, recording="else.wav")


def test_tiers_of_an_aligner_name_speakers_and_are_chosen(tmp_path: Path) -> None:
    tiers = {
        "isla - words": {"type": "interval", "entries": [[1.0, 1.4, "good"], [1.4, 1.5, ""]]},
        "isla - phones": {"type": "interval", "entries": [[1.0, 1.2, "g"]]},
        "ewan - words": {"type": "interval", "entries": [[4.0, 4.2, "the"]]},
    }
    path = written(tmp_path, {"start": 0, "end": 9, "tiers": tiers})
    read = read_cues(path)
    assert rows(read) == [(1, 1.4, "good", "isla"), (4, 4.2, "the", "ewan")]
    assert read.text_source == "transcript"
    assert rows(read_cues(path, tier="isla - phones")) == [(1, 1.2, "g", None)]
    with pytest.raises(InvalidInputError, match="has no tier 'x'"):
        read_cues(path, tier="x")


def test_words_part_at_pauses_full_stops_and_speakers(tmp_path: Path) -> None:
    said = [(str(n), n * 0.5, n * 0.5 + 0.4) for n in range(100)]
    data = {"words": [{"word": w, "start": a, "end": b} for w, a, b in said]}
    read = read_cues(written(tmp_path, data))
    assert all(cue.end_seconds - cue.start_seconds <= 20 for cue in read.cues)
    assert " ".join(cue.text or "" for cue in read.cues) == " ".join(w for w, _, _ in said)
    assert read.problems[1].startswith("100 words are joined to 3 cues, at full stops, pauses of")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a": 1}', "JSON of an unknown shape (an object with 'a'); known are whisper.cpp, "),
        ("[]", "JSON of an unknown shape (a list without names)"),
        ('{"segments": []}', "JSON of an unknown shape (an object with 'segments')"),
        ('{"a": \n nope}', "line 2: not JSON (expecting value at column 2: 'nope}')"),
        ("3", "JSON of an unknown shape ('3')"),
        ("[" * 100_000, "JSON that is nested too deep"),
        ("[" + "9" * 10_000 + "]", "JSON that is nested too deep, or no JSON"),
    ],
)
def test_other_json_is_refused_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "talk.json"
    path.write_text(text)
    with pytest.raises(InvalidInputError) as refused:
        read_cues(path)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_odd_values_are_left_out_and_told(tmp_path: Path) -> None:
    segments: list[dict[str, Any]] = [
        {"start": "x", "end": 2, "text": "a"},
        {"start": 1, "end": True, "text": "b"},
        {"start": 1e300, "end": 1e301, "text": "c"},
        {"start": 3, "end": 4, "text": ["no", "text"], "speaker": {"a": 1}},
        {"start": 5, "end": 6, "text": " said\n twice "},
    ]
    read = read_cues(written(tmp_path, {"segments": segments}))
    assert rows(read) == [(3, 4, None, None), (5, 6, "said twice", None)]
    assert sum("has no times; left out" in each for each in read.problems) == 3


def test_beside_a_source_only_json_of_a_known_shape_is_labels(tmp_path: Path) -> None:
    source = tmp_path / "talk.mp4"
    path = written(tmp_path, {"title": "a talk", "formats": []})
    assert find_cues_beside(source, kinds="labels") is None
    written(tmp_path, CASES["whisperx"][0])
    assert find_cues_beside(source, kinds="labels") == path
    assert find_cues_beside(source, kinds="subtitles") is None


def test_damaged_values_never_crash(tmp_path: Path) -> None:
    chance = random.Random(3)
    odd: list[Any] = [None, True, -1, 1e400, "", "x", [], {}, [[]], "9" * 50, float("nan"), 10**30]

    def spoil(value: Any) -> Any:
        if chance.random() < 0.06:
            return chance.choice(odd)
        if isinstance(value, dict):
            return {key: spoil(each) for key, each in value.items()}
        return [spoil(each) for each in value] if isinstance(value, list) else value

    outcomes = {"read": 0, "refused": 0}
    for _ in range(20):
        for data, _, _ in CASES.values():
            try:
                read = read_cues(written(tmp_path, spoil(data)))
            except InvalidInputError as error:
                outcomes["refused"] += len(str(error).splitlines())
            else:
                assert all(isinstance(cue.start_seconds, float | int) for cue in read.cues)
                outcomes["read"] += 1
    assert sum(outcomes.values()) == 20 * len(CASES)
    assert min(outcomes.values()) > 50
