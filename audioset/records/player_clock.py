"""PlayerClock: which sample of a source a player plays at which time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Joint:
    """A place from which on the clock of a file is another than the samples before it tell.

    Attributes:
        heard_seconds: sound that lies before it, counted by samples.
        shown_seconds: what a player shows there, counted from the first sample.
    """

    heard_seconds: float
    shown_seconds: float


@dataclass(frozen=True, slots=True)
class PlayerClock:
    """The clock of a player against the samples of a source, as far as it was decoded.

    `start_sample` and `start_seconds` of a clip count samples; people, subtitles and labels say
    what a player shows. The two part where sound is lost in the file.

    Attributes:
        joints: in the order of the samples; none where the two never part.
    """

    joints: tuple[Joint, ...] = ()

    def heard(self, shown_seconds: float) -> float:
        """Give the place of what a player shows, by samples; in a gap, where its sound is lost."""
        heard_seconds = shown_seconds
        for joint in self.joints:
            if joint.shown_seconds <= shown_seconds:
                heard_seconds = joint.heard_seconds + shown_seconds - joint.shown_seconds
            else:
                heard_seconds = min(heard_seconds, joint.heard_seconds)
        return heard_seconds

    def shown(self, heard_seconds: float) -> float:
        """Give what a player shows at a place that is counted by samples."""
        shown_seconds = heard_seconds
        for joint in self.joints:
            if joint.heard_seconds <= heard_seconds:
                shown_seconds = joint.shown_seconds + heard_seconds - joint.heard_seconds
        return shown_seconds
