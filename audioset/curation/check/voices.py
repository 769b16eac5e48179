"""What the voices of clips say against their speakers: findings about names, with clips to hear."""

import shlex
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from audioset.curation.voices import SameVoice, TwoVoices, find_same, find_two, hear_voices
from audioset.curation.voices.compare import LEAST_CLIPS, HeardName
from audioset.curation.workspace.clip_sets import ClipSet
from audioset.engine import Progress
from audioset.records.check_report import CheckLimits, FactFinding
from audioset.records.speaker_names import naming_command
from audioset.wording import count

VOICE_RULES = {
    "two_voices": "one speaker's clips sound like two voices",
    "same_voice": "two speakers sound like one voice",
}
_IDS_TOLD = 3
_FACT = "speaker"


class VoiceFindings(NamedTuple):
    """What voices say against names, and of how many clips they say nothing.

    Those have no speaker, less than a second of speech, no audio that can be read, or a speaker of
    whom too few others were heard.
    """

    findings: tuple[FactFinding, ...]
    num_not_judged: int


def find_in_voices(
    clips: ClipSet, rules: Collection[str], limits: CheckLimits, progress: Progress
) -> VoiceFindings:
    """Hear clips of every speaker, and give what does not fit their names; nothing is changed.

    Args:
        rules: names of those of `VOICE_RULES` that are wanted.

    Raises:
        NotFoundError: the package that carries the network is not installed.
    """
    heard = hear_voices(clips, progress=progress)
    alone = sum(len(one.prints) for one in heard.names if len(one.prints) < LEAST_CLIPS)
    return VoiceFindings(
        tuple(_find(heard.names, rules, limits)),
        heard.num_unnamed + heard.num_too_short + heard.num_without_audio + alone,
    )


def _find(
    speakers: Sequence[HeardName], rules: Collection[str], limits: CheckLimits
) -> Iterator[FactFinding]:
    if "two_voices" in rules:
        divided = ((one.name, find_two(one, limits.two_voices)) for one in speakers)
        two = [_two_voices(name, found) for name, found in divided if found is not None]
        yield from sorted(two, key=lambda finding: (-finding.num_clips, finding.speaker or ""))
    if "same_voice" in rules:
        alike = sorted(find_same(speakers, limits.same_voice), key=lambda pair: -pair.similarity)
        yield from map(_same_voice, alike)


def _two_voices(name: str, found: TwoVoices) -> FactFinding:
    heard = len(found.more) + len(found.fewer)
    return FactFinding(
        rule="two_voices",
        fact=_FACT,
        speaker=name,
        values={name: heard},
        num_clips=len(found.fewer),
        clip_ids=found.fewer[:_IDS_TOLD],
        sentence=(
            f"speaker {name}: of {count(heard, 'clip')} that were heard {len(found.more):,} sound "
            f"like {found.more[0]} and {len(found.fewer):,} like {found.fewer[0]} "
            f"({found.distance:.1f} apart)"
        ),
        remedy=f"audioset review --where {_where(name)}"
        "  # listen; audioset decide CLIP --set speaker=NAME where it is somebody else",
    )


def _same_voice(found: SameVoice) -> FactFinding:
    one, other = found.one, found.other
    return FactFinding(
        rule="same_voice",
        fact=_FACT,
        speaker=None,
        values={one.name: one.num_clips, other.name: other.num_clips},
        num_clips=other.num_clips,
        clip_ids=other.clip_ids[:_IDS_TOLD],
        sentence=(
            f"speakers {one.name} and {other.name} sound like one voice ({found.similarity:.2f} "
            f"alike): {found.one_id} and {found.other_id}"
        ),
        remedy=f"audioset review --where {_where(one.name, other.name)}  # listen; if both are one "
        f"person: {naming_command([other.name], one.name)}",
    )


def _where(*names: str) -> str:
    """Write the condition that chooses speakers, as a word for a shell."""
    either = " or ".join("speaker = '" + name.replace("'", "''") + "'" for name in names)
    return shlex.quote(either) if any(mark in either for mark in '"$`\\!') else f'"{either}"'
