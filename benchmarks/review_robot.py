"""A robot that judges clips in a real browser, as fast as a person may, and takes down its waits.

Only listening is made shorter: after it has heard a clip begin and seen its picture, the robot
sleeps a small part of the time that a person would listen and think, and presses the next key. So
network, decoding, drawing and decisions have less time than they would have in a real sitting.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Page

from tests.browser import wait_until

SPEED = 1.5
THINKING_SECONDS = 0.6
SLOWEST_MS = 10_000  # a clip that is not heard by then has failed


@dataclass
class Sitting:
    """What a robot did and how long it waited.

    Attributes:
        judged: clips that got a verdict.
        listened_seconds: what a person would have listened, at `SPEED`.
        sound_ms: from each key press to the sound of the next clip.
        picture_ms: and to its picture.
        unanswered_ms: from the last key press until all decisions were acknowledged.
        keys: how often each key was pressed.
    """

    judged: int = 0
    listened_seconds: float = 0.0
    sound_ms: list[float] = field(default_factory=list)
    picture_ms: list[float] = field(default_factory=list)
    unanswered_ms: float = 0.0
    keys: dict[str, int] = field(default_factory=dict)

    @property
    def waited_seconds(self) -> float:
        """How long it waited until it heard and saw the next clip, all clips together."""
        pairs = zip(self.sound_ms, self.picture_ms, strict=True)
        return sum(max(pair) for pair in pairs) / 1000

    @property
    def clips_per_hour(self) -> float:
        """How many clips a person judges in an hour who listens and thinks, and waits as it did."""
        thought = THINKING_SECONDS * self.judged
        return 3600 * self.judged / (self.listened_seconds + thought + self.waited_seconds)


def sit(
    page: Page,
    lengths: list[float],
    *,
    compressed: float,
    seed: int = 0,
    at: Callable[[int], None] | None = None,
) -> Sitting:
    """Judge as many clips as `lengths` has, in the order of the queue.

    Args:
        page: a review with the probe, of which a first key was pressed; it plays on arrival.
        lengths: seconds of the clips.
        compressed: share of the listening and thinking that is really slept.
        seed: which keys are pressed.
        at: is told the number of clips that are judged, after each.
    """
    choose = random.Random(seed)
    sitting = Sitting()
    for number, length in enumerate(lengths):
        listening = length / SPEED
        sitting.listened_seconds += listening
        page.wait_for_timeout(1000 * compressed * (listening + THINKING_SECONDS))
        key = choose.choices("axs", weights=(85, 12, 3))[0]
        sitting.keys[key] = sitting.keys.get(key, 0) + 1
        page.keyboard.press(key)
        sitting.judged += 1
        if number + 1 < len(lengths):
            told = wait_until(
                page,
                "probe.sound !== null && probe.picture !== null && [probe.sound, probe.picture]",
                SLOWEST_MS,
            )
            sitting.sound_ms.append(told[0])
            sitting.picture_ms.append(told[1])
        if at is not None:
            at(sitting.judged)
    sitting.unanswered_ms = page.evaluate(
        """async () => {
            const begun = performance.now();
            const waiting = document.querySelector("#waiting");
            while (!waiting.hidden) await new Promise(requestAnimationFrame);
            return performance.now() - begun;
        }"""
    )
    return sitting
