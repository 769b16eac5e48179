"""The sound of a source from which single clips are cut, just as `cut` cuts them.

A source is read from its start, since a decoder, a resampler and the detector remember what was
before: only so the samples, and what is measured of them, are those of a cut. What the detector
heard is kept (`kept_heard`), so that each moment of a source is listened to once.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from audioset.curation.cut.edges.planners import Mark, MarkPlanner
from audioset.curation.cut.edges.tape import Tape
from audioset.curation.cut.find_clips import ClipFinder, CutClip
from audioset.curation.cut.one_pass import LISTENED_LOUDER, louder_by
from audioset.curation.shapes.shape import SoundAsked
from audioset.curation.workspace.kept_heard import KeptHeard
from audioset.curation.workspace.working import Working
from audioset.hearing.speech.heard import RememberedListening
from audioset.hearing.speech.listen import Detecting, Listening
from audioset.hearing.speech.listen_in_process import listen_apart
from audioset.records.cut_options import CutOptions
from audioset.records.source import Source

# Who stops before the end ends the helper process: a new one takes as long as so much sound.
_WORTH_STOPPING_SECONDS = 120.0
_WORTH_STOPPING_READING_SECONDS = 1800.0  # where the detector hears nothing
_AS_GIVEN = CutOptions(by="labels")  # edges that are never moved


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFacts:
    """What is known of the sound of a source, once it is open.

    Attributes:
        rate: of the clips, in Hz.
        bit_depth: 16 or 24, the least to store.
        track: number of the audio track, from 1.
        heard: "mix", "left", "right" or "each".
    """

    rate: int
    bit_depth: int
    track: int
    heard: str

    @property
    def first_channel(self) -> int:
        """Number of the source's channel that is given first, from 1."""
        return 2 if self.heard == "right" else 1

    def channels(self, source: Source) -> tuple[int | None, ...]:
        """Give what `Clip.channel` may be: None for a mix."""
        if self.heard == "mix":
            return (None,)
        last = source.channels if self.heard == "each" else self.first_channel
        return tuple(range(self.first_channel, last + 1))


class Wish(NamedTuple):
    """A clip to be cut: first sample and the one after the last, at the rate of clips; channel."""

    start: int
    end: int
    channel: int = 1


class CutSound(Protocol):
    """Gives clips of one source."""

    def facts(self) -> SoundFacts:
        """Tell what is known of it.

        Raises:
            NotFoundError: no such file.
            MediaError: the source cannot be used.
        """

    def cut(self, wishes: Sequence[Wish]) -> Iterator[CutClip]:
        """Yield the clips that lie in the source, trimmed to its end; in any order.

        Raises:
            As `facts`.
        """


class ReadSource:
    """A source that is read anew for each cut, as far as the last clip."""

    def __init__(self, path: Path, asked: SoundAsked, source: Source, working: Working) -> None:
        """Open nothing yet.

        Args:
            path: of the file.
            asked: how it is listened to.
            source: as its cut found it.
            working: the workspace, where what was heard is kept.
        """
        self._path, self._asked, self._source, self._working = path, asked, source, working
        self._louder_db = None if set(LISTENED_LOUDER) & set(source.choices) else 0.0
        self._facts: SoundFacts | None = None

    def facts(self) -> SoundFacts:
        """Tell what is known of it; see `CutSound.facts`."""
        if self._facts is None:
            with self._reading(Detecting(on=False)) as listening:
                return self._note(listening)
        return self._facts

    def cut(self, wishes: Sequence[Wish]) -> Iterator[CutClip]:
        """Yield clips; see `CutSound.cut`."""
        if self._louder_db is None:
            self._louder_db = louder_by(self._loudest_dbfs()) or 0.0
        left = len(wishes)
        with self._listening(self._louder_db, max(wish.end for wish in wishes)) as listening:
            first = self._note(listening).first_channel
            hears = listening.hears_more
            worth_seconds = _WORTH_STOPPING_SECONDS if hears else _WORTH_STOPPING_READING_SECONDS
            lanes = iter(range(first, first + listening.num_outputs))
            finder = ClipFinder(
                listening,
                lambda tape: _planner(wishes, next(lanes), tape),
                first_channel=first,
            )
            for cut in finder.clips():
                yield cut
                left -= 1
                rest_seconds = self._source.length_seconds - cut.mark.end / listening.rate
                if not left and rest_seconds > worth_seconds:
                    return

    def _loudest_dbfs(self) -> float:
        heard = self._kept(0.0).read()
        if heard is None or heard.states:
            with self._listening(0.0, None) as listening:
                for _ in listening.pieces():
                    pass
            heard = listening.heard()
        levels_db = [frames.levels_db for frames in heard.frames] if heard else []
        return max((float(each.max(initial=-120)) for each in levels_db), default=-120.0)

    @contextmanager
    def _listening(self, louder_db: float, end: int | None) -> Iterator[RememberedListening]:
        """Read the source from its start, and listen to what nobody listened to yet.

        Args:
            louder_db: the detector hears it by so much louder.
            end: number of the sample, at the rate of clips, up to which frames are needed; None
                needs all.
        """
        kept = self._kept(louder_db)
        before = kept.read()
        rate = self._asked.sampling_rate or self._source.sampling_rate
        enough = before is not None and before.reaches(end, rate)
        detecting = Detecting(louder_db, on=not enough, after=before.states if before else ())
        with self._reading(detecting) as reading:
            listening = RememberedListening(reading, before, hears_more=not enough)
            yield listening
            now = listening.heard()
            if now is not None and not enough:
                kept.keep(now)

    def _kept(self, louder_db: float) -> KeptHeard:
        asked = {**asdict(self._asked), "louder_db": louder_db}
        return KeptHeard(self._working, self._source.sha256, asked)

    def _reading(self, detecting: Detecting) -> AbstractContextManager[Listening]:
        return listen_apart(
            self._path,
            track=self._asked.track,
            channels=self._asked.channels,
            sampling_rate=self._asked.sampling_rate,
            detecting=detecting,
        )

    def _note(self, listening: Listening) -> SoundFacts:
        audio = listening.audio
        self._facts = SoundFacts(
            rate=listening.rate,
            bit_depth=audio.bit_depth,
            track=audio.track,
            heard=audio.heard,
        )
        return self._facts


def _planner(wishes: Iterable[Wish], channel: int, tape: Tape) -> MarkPlanner:
    mine = sorted(wish for wish in wishes if wish.channel == channel)
    marks = [Mark(wish.start, wish.end, fixed=True) for wish in mine]
    return MarkPlanner(marks, _AS_GIVEN, tape, windows=False)
