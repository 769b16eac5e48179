"""What the columns of a table are called, and what each becomes in the manifest."""

from collections.abc import Sequence

from audioset.documents.reading.header import SPEAKER_NAMES, normal_name
from audioset.records.manifest import FACT_COLUMNS

# Best first. Names are compared as `normal_name` gives them.
FILE_NAMES = [
    "file",
    "file_name",
    "filename",
    "audio_filepath",
    "audio_file",
    "audio_path",
    "wav_file",
    "wav_path",
    "wav",
    "wavs",
    "path",
    "audio",
    "audio_name",
    "clip",
    "clip_name",
    "clip_file",
    "clip_id",
    "recording_name",
    "sound",
    "sound_file",
    "name",
    "id",
    "utt_id",
    "utterance_id",
    "segment_id",
    "sample",
    "key",
    "recording",
]
TEXT_NAMES = [
    "text",
    "transcription",
    "transcript",
    "sentence",
    "phrase",
    "utterance",
    "transcriptions",
    "transcripts",
    "sentences",
    "phrases",
    "utterances",
    "spoken_text",
    "what_is_said",
    "words",
    "line",
    "lines",
    "prompt",
    "normalized_text",
    "normalised_text",
    "text_normalized",
    "orthography",
    "content",
    "caption",
]
LENGTH_NAMES = [
    "duration",
    "length_seconds",
    "duration_seconds",
    "length",
    "seconds",
    "duration_s",
    "dur",
]
_ALSO = {
    "speaker": f"{SPEAKER_NAMES} client_id speakers speaker_code spk_id talker reader actor",
    "gender": "sex genders m_f f_m",
    "age": "age_group age_band age_range ages",
    "accent": "accents dialect dialects accent_group",
    "social_class": "class social_group socioeconomic_class socio_economic_class social_status",
    "location": "region place town city hometown home_town birthplace place_of_birth",
    "language": "lang locale language_code",
    "licence": "license licences licenses",
    "consent": "consented",
    "split": "subset",
}
_KNOWN_NAMES = {
    role: (role, *(name for name in names.split() if name != role)) for role, names in _ALSO.items()
}
_FACT_NAMES = [name for names in _KNOWN_NAMES.values() for name in names]
_ALL_KNOWN = frozenset([*FILE_NAMES, *TEXT_NAMES, *LENGTH_NAMES, *FACT_COLUMNS, *_FACT_NAMES])


def is_known(heading: str) -> bool:
    """Tell whether tables commonly call a column so."""
    return normal_name(heading) in _ALL_KNOWN


def roles_by_heading(headings: Sequence[str]) -> dict[str, str]:
    """Give heading -> `text`, `length_seconds` or a column of the manifest, by their names alone.

    For tables in which the column of files is known; what has no role is not there.
    """
    names = {normal_name(heading): heading for heading in reversed(headings)}
    text = next((names[name] for name in TEXT_NAMES if name in names), None)
    length = next((names[name] for name in LENGTH_NAMES if name in names), None)
    taken = {place for place, heading in enumerate(headings) if heading in (text, length)}
    roles = {headings[place]: role for place, role in fact_roles(headings, taken).items()}
    roles |= {} if text is None else {text: "text"}
    return roles | ({} if length is None else {length: "length_seconds"})


def fact_roles(headings: Sequence[str], taken: set[int]) -> dict[int, str]:
    """Give place -> manifest column; of two columns for one fact the better name wins.

    Args:
        headings: of all columns; empty where a column has none.
        taken: places of the columns of files and texts.
    """
    names = [normal_name(heading) for heading in headings]
    roles: dict[int, str] = {}
    for role, known in _KNOWN_NAMES.items():
        for name in known:
            place = next((k for k, each in enumerate(names) if each == name), None)
            if place is not None and place not in taken and place not in roles:
                roles[place] = role
                break
    return roles
