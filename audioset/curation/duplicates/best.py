"""Which of several clips with the same sound is the best, and why each of the others is not.

Each trait below divides those that are left: what is clearly worse than the best of them goes, for
that reason. What no trait divides is as good, and the first clip id is kept.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from audioset.hearing.copies import CopyQuality
from audioset.records.check_report import CheckLimits

# Kinds of files that hold samples as they were; the others leave out what is thought unheard.
_LOSSLESS = frozenset((".aif", ".aiff", ".au", ".caf", ".flac", ".sph", ".w64", ".wav", ".wv"))
# Encoders and other sampling rates change what is measured by less than these.
_CLIPPED_MORE = 0.0002
_NOISE_MORE_DB = 2.0
_QUIET_ENOUGH_DB = 50.0  # over the noise; more is what an encoder left out
_FAR_LESS_SECONDS, _LESS_SECONDS = 0.15, 0.05  # of sound; an encoder smears it over 0.08 s
_FAR_NARROWER, _NARROWER = 0.6, 0.9  # share of the bandwidth; some encoders widen it by noise
_QUIETER_DB = 3.0
_SHORTER_SECONDS = 0.01
_SILENT_LUFS = -200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A clip that has a duplicate.

    Attributes:
        quality: what its sound is like; None where it cannot be read, or need not since all have
            the same samples.
    """

    clip_id: str
    pcm_sha256: str
    accepted: bool
    unsure: bool
    has_text: bool
    source_name: str
    length_seconds: float
    quality: CopyQuality | None = None


@dataclass(frozen=True, slots=True)
class _Trait:
    """What makes a copy better, by how much the best may be missed, and how that is told.

    Attributes:
        ask: gives a number, more is better; None where it cannot be told, which costs nothing.
        within: how much less than the best is as good.
        tell: says in which way a clip is worse than the kept one.
    """

    ask: Callable[[Candidate], float | None]
    tell: Callable[[Candidate, Candidate], str]
    within: Callable[[float], float] = lambda _: 0.0


def choose_best(candidates: Sequence[Candidate]) -> tuple[Candidate, dict[str, str]]:
    """Choose one of the candidates, at least one; give the reason of each of the others by id."""
    left = sorted(candidates, key=lambda candidate: candidate.clip_id)
    worse: list[tuple[Candidate, _Trait]] = []
    for trait in _TRAITS:
        answers = [trait.ask(each) for each in left]
        told = [answer for answer in answers if answer is not None]
        if len(left) < 2 or not told:
            continue
        least = max(told) - trait.within(max(told))
        good = [_or(answer, least) >= least for answer in answers]
        worse += [(each, trait) for each, stays in zip(left, good, strict=True) if not stays]
        left = [each for each, stays in zip(left, good, strict=True) if stays]
    keep, *equal = left
    reasons = {other.clip_id: trait.tell(keep, other) for other, trait in worse}
    return keep, reasons | {other.clip_id: _tell_equal(keep, other) for other in equal}


def _tell_equal(keep: Candidate, other: Candidate) -> str:
    same = "the same samples" if other.pcm_sha256 == keep.pcm_sha256 else "as good"
    return f"{same}; the first clip id is kept"


def _or(value: float | None, instead: float) -> float:
    return instead if value is None else value


def _of(name: str) -> Callable[[Candidate], float | None]:
    """Ask for a number of the sound."""

    def ask(candidate: Candidate) -> float | None:
        return None if candidate.quality is None else getattr(candidate.quality, name)

    return ask


def _less(name: str) -> Callable[[Candidate], float | None]:
    """Ask for a number of the sound of which less is better."""
    ask = _of(name)
    return lambda candidate: None if (value := ask(candidate)) is None else -value


def _is_centred(candidate: Candidate) -> float | None:
    offset = _of("dc_offset")(candidate)
    return None if offset is None else float(abs(offset) <= CheckLimits().dc_offset)


def _over_noise(candidate: Candidate) -> float | None:
    over = _of("over_noise_db")(candidate)
    return None if over is None else min(over, _QUIET_ENOUGH_DB)


def _is_lossless(candidate: Candidate) -> float:
    return float(PurePath(candidate.source_name).suffix.lower() in _LOSSLESS)


def _loudness(candidate: Candidate) -> float | None:
    quality = candidate.quality
    return None if quality is None else _or(quality.loudness_lufs, _SILENT_LUFS)


def _against(
    ask: Callable[[Candidate], float | None], sentence: str
) -> Callable[[Candidate, Candidate], str]:
    """Tell both numbers by a sentence with `{other}` and `{keep}`."""
    return lambda keep, other: sentence.format(other=_or(ask(other), 0), keep=_or(ask(keep), 0))


def _so(sentence: str) -> Callable[[Candidate, Candidate], str]:
    return lambda _, __: sentence


_SOUND = "{other:.2f} s of sound, against {keep:.2f}"
_BAND = "nothing above {other:,.0f} Hz, against {keep:,.0f}"
_TRAITS = (
    _Trait(lambda one: one.accepted, _so("nobody accepted it")),
    _Trait(lambda one: not one.unsure, _so("somebody was unsure of it")),
    _Trait(lambda one: one.has_text, _so("it has no text")),
    _Trait(
        _less("clipped_share"),
        _against(_of("clipped_share"), "{other:.2%} of samples are clipped, against {keep:.2%}"),
        lambda _: _CLIPPED_MORE,
    ),
    _Trait(_is_centred, _against(_of("dc_offset"), "the samples' mean is {other:+.3f}")),
    _Trait(
        _over_noise,
        _against(_of("over_noise_db"), "noise: {other:.0f} dB from quiet to loud, not {keep:.0f}"),
        lambda _: _NOISE_MORE_DB,
    ),
    _Trait(_of("bandwidth_hz"), _against(_of("bandwidth_hz"), _BAND),
              lambda best: (1 - _FAR_NARROWER) * best),
    _Trait(_of("sound_seconds"), _against(_of("sound_seconds"), _SOUND),
              lambda _: _FAR_LESS_SECONDS),
    _Trait(_is_lossless, lambda _, other: f"cut from {other.source_name}, which is lossy"),
    _Trait(_of("sound_seconds"), _against(_of("sound_seconds"), _SOUND),
              lambda _: _LESS_SECONDS),
    _Trait(_of("bandwidth_hz"), _against(_of("bandwidth_hz"), _BAND),
              lambda best: (1 - _NARROWER) * best),
    _Trait(
        _loudness,
        _against(_loudness, "quieter: {other:.0f} LUFS, against {keep:.0f}"),
        lambda _: _QUIETER_DB,
    ),
    _Trait(
        lambda one: one.length_seconds,
        _against(lambda one: one.length_seconds, "{other:.2f} s long, against {keep:.2f}"),
        lambda _: _SHORTER_SECONDS,
    ),
)  # fmt: skip
