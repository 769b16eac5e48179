"""Words to sentences, where a file has no longer spans."""

from collections.abc import Iterator, Sequence

from audioset.documents.cues.recognised.values import TimedWord
from audioset.records.cue import Cue

PAUSE_SECONDS = 0.6
_MOST_SECONDS = 20.0  # of a cue of words
_ENDS = tuple(".?!\u2026\u3002\uff1f\uff01\u061f\u0964")


def sentences(words: Sequence[TimedWord]) -> Iterator[Cue]:
    """Join words to what is said in one go: up to a full stop, a pause, or another speaker.

    Args:
        words: in order of time.
    """
    sentence: list[TimedWord] = []
    for word in words:
        if word.start is None or word.end is None:
            if sentence and not word.text[:1].isalnum():
                last = sentence[-1]
                sentence[-1] = TimedWord(last.start, last.end, last.text + word.text, last.speaker)
            continue
        if sentence and _parts(sentence, word):
            yield _cue(sentence)
            sentence = []
        sentence.append(word)
    if sentence:
        yield _cue(sentence)


def _parts(sentence: Sequence[TimedWord], word: TimedWord) -> bool:
    last, start = sentence[-1], sentence[0].start or 0.0
    begins, ended = word.start or 0.0, last.end or 0.0
    return (
        word.speaker != last.speaker
        or begins - ended > PAUSE_SECONDS
        or begins < (last.start or 0.0)
        or last.text.rstrip("\"'\u201d\u2019)]").endswith(_ENDS)
        or (word.end or 0.0) - start > _MOST_SECONDS
    )


def _cue(sentence: Sequence[TimedWord]) -> Cue:
    return Cue(
        start_seconds=sentence[0].start or 0.0,
        end_seconds=max(word.end or 0.0 for word in sentence),
        text=" ".join(" ".join(word.text for word in sentence).split()) or None,
        speaker=sentence[0].speaker or None,
    )
