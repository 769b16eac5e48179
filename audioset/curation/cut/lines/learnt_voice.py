"""How the texts were said that a trained aligner learnt from: a cut with it says its lines so."""

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

from audioset.documents.transcripts import lexicon_digest, read_lexicon
from audioset.errors import as_option
from audioset.records.line_options import TranscriptOptions

if TYPE_CHECKING:
    from audioset.hearing.align.voices.phone_models import PhoneModels


def said_as_learnt(transcript: TranscriptOptions, models: "PhoneModels") -> TranscriptOptions:
    """Give the options with the aligner's own voice, unless a voice or a language is asked for.

    Warns when words are said otherwise than when it learnt, by another lexicon.

    Raises:
        NotFoundError: no such lexicon.
        InvalidInputError: it cannot be read.
    """
    lexicon = read_lexicon(transcript.lexicon) if transcript.lexicon else {}
    if models.lexicon_sha256 not in (None, lexicon_digest(lexicon)):
        warnings.warn(_otherwise(transcript, models), stacklevel=3)
    if transcript.voice is not None or transcript.language is not None or not models.voice:
        return transcript
    return replace(transcript, voice=models.voice)


def _otherwise(transcript: TranscriptOptions, models: "PhoneModels") -> str:
    name = transcript.aligner
    if transcript.lexicon is None:
        same = f"name the same with {as_option('lexicon')}"
        return f"{name} learnt with a lexicon, and none is given; {same}"
    if not models.lexicon_sha256:
        return (
            f"{name} learnt without a lexicon, and {transcript.lexicon} is given; train it again "
            f"with {as_option('lexicon')}, or leave it out"
        )
    return (
        f"{name} learnt with another lexicon than {transcript.lexicon}; name the same, or train it "
        "again with this one"
    )
