"""The conditions of a promotion: data, test set, metric, leaks, texts and code."""

from collections.abc import Iterator
from dataclasses import replace

from audioset.curation.split import certify_clips
from audioset.errors import AudiosetError, as_option
from audioset.experiments.compare.intervals import clips_to_tell, share_difference_interval
from audioset.pages.version_report import clips_of_version
from audioset.records.identity import VersionRef, is_version_ref, parse_version_ref, split_view
from audioset.records.metric import Direction, is_test_proportion
from audioset.records.overlap import require_overlap_kinds, usual_kinds
from audioset.records.promotion import CheckName, PromotionCheck
from audioset.records.split_report import SplitOptions
from audioset.records.version import VersionRecord
from audioset.storage.store import Store
from audioset.tracking.client import Tracking
from audioset.tracking.lineage import clips_behind, guard_test_split
from audioset.tracking.models.promotions import Contest, ModelFacts
from audioset.tracking.run.held_out import HeldOut, describe_test_split
from audioset.versions.diff import find_overlap
from audioset.versions.read.resolve import resolve, scan_version

_TRAIN_HOW = "train inside audioset.training_run, or audioset.pin the version in the run"
_NOT_KNOWN = "which clips it was tested on is not known"
_TEST_HOW = "give frozen_test= to training_run, or pin the test set with context='test'"


def check_promotion(
    contest: Contest,
    tracking: Tracking,
    store: Store,
    split_options: SplitOptions,
    metric: str,
    direction: Direction,
) -> tuple[PromotionCheck, ...]:
    """Check a candidate, against the holder of the alias where there is one.

    Args:
        contest: the two.
        tracking: where MLflow is.
        store: of the versions.
        split_options: what splits must not share.
        metric: that the candidate must be better by; empty when the two have none in common.
        direction: which way it is better.

    Raises:
        TrackingError: MLflow did not answer.
    """
    return tuple(_Checks(contest, tracking, store, split_options, metric, direction).all())


class _Checks:
    def __init__(
        self,
        contest: Contest,
        tracking: Tracking,
        store: Store,
        split_options: SplitOptions,
        metric: str,
        direction: Direction,
    ) -> None:
        self._candidate = contest.candidate
        self._holder = contest.holder
        self._others = contest.others
        self._tracking = tracking
        self._store = store
        self._split_options = split_options
        self._metric = metric
        self._direction = direction
        self._test = _identify(contest.candidate, self._store)
        self._holder_test = _identify(contest.holder, self._store) if contest.holder else HeldOut()

    def all(self) -> Iterator[PromotionCheck]:
        yield self._data()
        if self._holder is None:
            yield _passed("test set", "no version has the alias yet: nothing to compare with")
            yield from self._is_best()
        else:
            yield self._same_test(self._holder)
            yield self._better(self._holder)
        yield self._leak()
        yield self._texts()
        yield self._code()

    def _data(self) -> PromotionCheck:
        """The run pinned versions by digest, and what they hold still opens."""
        pinned = self._candidate.trained_on
        if not pinned:
            return _failed("data", f"its run pinned no version; {_TRAIN_HOW}")
        withdrawn = []
        for pin in pinned:
            ref = VersionRef(pin.dataset, pin.version)
            try:
                record = resolve(self._store, ref)
                if record.digest != pin.digest:
                    return _failed(
                        "data",
                        f"{ref} in {self._store.url} has digest {record.digest[:12]}, but "
                        f"the run pinned {pin.digest[:12]}: it is not the same data",
                    )
                for _ in scan_version(self._store, record, ("clip_id",)):
                    pass
            except AudiosetError as error:
                return _failed("data", f"{ref} does not open: {error}")
            if record.num_withdrawn:
                withdrawn.append(f"{record.num_withdrawn:,} of the clips of {ref}")
        names = ", ".join(f"{pin.dataset}@v{pin.version} {pin.digest[:12]}" for pin in pinned)
        if withdrawn:
            gone = " and ".join(withdrawn)
            return _warned("data", f"{names}; {gone} were withdrawn by their speakers")
        return _passed("data", f"trained on {names}, which opens")

    def _same_test(self, holder: ModelFacts) -> PromotionCheck:
        ones, others = self._test, self._holder_test
        for facts, test in ((self._candidate, ones), (holder, others)):
            if not test.digest:
                return _failed(
                    "test set",
                    f"v{facts.version} does not tell which clips it was tested on; {_TEST_HOW}",
                )
        if ones.digest != others.digest:
            return _failed(
                "test set",
                f"tested on {_told(ones)}, but v{holder.version} on {_told(others)}: "
                "the scores are not of the same clips",
            )
        return _passed("test set", f"both tested on {_told(ones)}")

    def _better(self, holder: ModelFacts) -> PromotionCheck:
        name = self._metric
        if not name:
            return _failed(
                "metric", f"it has no metric of the test set in common with v{holder.version}"
            )
        for facts in (self._candidate, holder):
            if name not in facts.metrics:
                known = ", ".join(sorted(facts.metrics)) or "no metric"
                return _failed("metric", f"v{facts.version} has no {name}; it has {known}")
        mine, theirs = self._candidate.metrics[name], holder.metrics[name]
        told = f"{name} {mine:.4g} against {theirs:.4g} of v{holder.version}"
        if not (mine > theirs if self._direction == "max" else mine < theirs):
            return _failed("metric", f"{told}: not better ({self._direction})")
        return self._certainty(told, holder)

    def _is_best(self) -> Iterator[PromotionCheck]:
        """No other version is better, where nobody said which is to be the first."""
        name, sign = self._metric, 1 if self._direction == "max" else -1
        mine = self._candidate.metrics.get(name)
        if mine is None or not self._test.digest:
            return
        scored = [other for other in self._others if name in other.metrics]
        rivals = [one for one in scored if _identify(one, self._store).digest == self._test.digest]
        if not rivals:
            return
        best = max(rivals, key=lambda one: sign * one.metrics[name])
        theirs = best.metrics[name]
        if sign * theirs > sign * mine:
            yield _failed(
                "metric",
                f"{name} {mine:.4g}, but v{best.version} has {theirs:.4g} on the same clips; say "
                f"which you mean: {as_option('version', str(best.version))}",
            )
        else:
            yield _passed("metric", f"{name} {mine:.4g}: no other version is better")

    def _certainty(self, told: str, holder: ModelFacts) -> PromotionCheck:
        """Say whether a better score is more than noise, where that can be said."""
        mine, theirs = self._candidate.metrics[self._metric], holder.metrics[self._metric]
        numbers = (
            self._candidate.num_test or self._test.num_clips,
            holder.num_test or self._holder_test.num_clips,
        )
        if not is_test_proportion(self._metric) or not (0 <= theirs <= 1 and 0 <= mine <= 1):
            return _passed("metric", f"{told}; of one run each it is not known how certain that is")
        if not numbers[0] or not numbers[1]:
            return _passed("metric", f"{told}; how certain that is, num_test would tell")
        interval = share_difference_interval(theirs, numbers[1], mine, numbers[0])
        told += f", 95 % interval of the difference {interval.low:+.3g} to {interval.high:+.3g}"
        if interval.holds_zero():
            warned = _warned("metric", f"{told}: within the noise of {numbers[0]:,} test clips")
            return replace(warned, doubt=_doubt(mine, theirs, numbers[0]))
        return _passed("metric", told)

    def _leak(self) -> PromotionCheck:
        candidate = self._candidate
        if candidate.leak not in ("", "none"):
            return _failed(
                "leak", f"it was trained although the test split leaks: {candidate.leak}"
            )
        try:
            test = self._test_record()
            if test is None:
                return _warned("leak", f"{_NOT_KNOWN}: nothing to check")
            found = self._overlap(test)
            return self._read_among(test) or found if found.verdict == "pass" else found
        except AudiosetError as error:
            return _failed("leak", f"it cannot be told: {error}")

    def _read_among(self, test: VersionRecord) -> PromotionCheck | None:
        """Say it where its run read test clips among the others; None where it did not."""
        model = f"models:/{self._candidate.name}/{self._candidate.version}"
        behind = clips_behind(model, self._tracking, self._store).versions
        number = sum(one.num_test_among for one in behind if one.digest == test.digest)
        if not number:
            return None
        return _warned(
            "leak",
            f"its run read {number:,} clips of the test split of {test.ref} in one pass with the "
            'others: whether it learned from them nobody can tell; read batches(split="train") to '
            'train and batches(split="test") to test',
        )

    def _overlap(self, test: VersionRecord) -> PromotionCheck:
        options = self._split_options
        kinds = require_overlap_kinds(self._candidate.leak_kinds or usual_kinds(options.by))
        for pin in self._candidate.trained_on:
            trained = resolve(self._store, VersionRef(pin.dataset, pin.version))
            found = find_overlap(self._store, trained, test, kinds, min_words=options.min_words)
            if found.num_clips:
                return _failed(
                    "leak",
                    f"{found.training} leaks to the test split of {found.test}: {found.verdict}",
                )
        told = f"nothing to the test split of {test.ref} ({', '.join(kinds)})"
        if set(kinds) < set(usual_kinds(options.by)):  # fewer were wanted of the run
            return _passed("leak", told)
        return self._certified(test, told)

    def _certified(self, test: VersionRecord, told: str) -> PromotionCheck:
        """Say as well what `audioset certify-splits` says of the version, without its sounds."""
        options = self._split_options
        if all(test.digest != pin.digest for pin in self._candidate.trained_on):
            rest = [kind for kind in options.by if kind in ("source", "takes")]
            beside = f"; {' and '.join(rest)} were not compared between versions" if rest else ""
            return _passed("leak", told + beside)
        clips = clips_of_version(self._store, test)
        found = certify_clips(clips, options, near_limit=None)
        if found.is_clean:
            return _passed("leak", f"{told}; its splits share no {', no '.join(options.by)}")
        return _warned(
            "leak",
            f"{told}, but its splits share what they should not: {found.verdict} (audioset "
            f"certify-splits {test.ref} names the clips; where that is meant, take it out of by "
            "under [split] in audioset.toml)",
        )

    def _texts(self) -> PromotionCheck:
        """The model is not tested on texts of its own."""
        model = f"models:/{self._candidate.name}/{self._candidate.version}"
        try:
            test = self._test_record()
            if test is None:
                return _warned("texts", f"{_NOT_KNOWN}: nothing to check")
            found = guard_test_split(test, model, self._tracking, self._store)
        except AudiosetError as error:
            return _failed("texts", f"it cannot be told: {error}")
        if found.is_clean:
            return _passed("texts", f"no text of the {found.num_test:,} test clips is its own")
        return _failed(
            "texts",
            f"{len(found.clip_ids):,} of {found.num_test:,} test clips have a text by "
            f"{', '.join(found.line)} that nobody has confirmed",
        )

    def _code(self) -> PromotionCheck:
        commit, is_dirty = self._candidate.commit, self._candidate.is_dirty
        if not commit:
            return _warned("code", "its commit is not known; train in a git repository")
        if is_dirty:
            return _warned("code", f"commit {commit[:12]}, with changes that were not committed")
        rest = "" if is_dirty is False else "; whether there were changes is not known"
        return _passed("code", f"commit {commit[:12]}{rest}")

    def _test_record(self) -> VersionRecord | None:
        """Find the version whose test split it was tested on; None of none, or of several."""
        name, _ = split_view(self._test.name)
        return resolve(self._store, parse_version_ref(name)) if is_version_ref(name) else None


def _identify(facts: ModelFacts, store: Store) -> HeldOut:
    """Find out which clips a model was tested on.

    What its run logged counts. Else it is the test split of the version that it was trained on,
    unless the run says that it chose its test clips by a rule of its own: then the same rule on the
    same data is the same test set.
    """
    told = facts.held_out
    try:
        if told.digest:
            return told
        if is_version_ref(told.name):  # logged by an older release, without the digest
            return describe_test_split(store, resolve(store, parse_version_ref(told.name)))
        if facts.test_rule and facts.trained_on:
            data = " ".join(f"{pin.digest} {pin.filter}" for pin in facts.trained_on)
            names = ", ".join(f"{pin.dataset}@v{pin.version}" for pin in facts.trained_on)
            return HeldOut(
                name=f"{facts.test_rule} of {names}",
                digest=f"{facts.test_rule} {data}",
                num_clips=facts.num_test,
            )
        if len(facts.trained_on) == 1:
            (pin,) = facts.trained_on
            record = resolve(store, VersionRef(pin.dataset, pin.version))
            return describe_test_split(store, record, pin.filter or None)
    except AudiosetError:  # the check of the data tells it
        return HeldOut()
    return HeldOut()


def _told(test: HeldOut) -> str:
    number = f"{test.num_clips:,} clips of " if test.num_clips else ""
    return f"{number}{test.name}"


def _doubt(mine: float, theirs: float, num_test: int) -> str:
    """Say in words that a difference may be chance, and what would decide it."""
    enough = clips_to_tell(theirs, mine)
    by_clips = f"about {enough:,} test clips tell a difference of this size; " if enough else ""
    return (
        f"{mine:.4g} against {theirs:.4g} on {num_test:,} test clips is within chance; what "
        f"decides it: {by_clips}several runs of each with other seeds tell what luck does "
        "(audioset compare)"
    )


def _passed(name: CheckName, words: str) -> PromotionCheck:
    return PromotionCheck(name=name, verdict="pass", words=words)


def _warned(name: CheckName, words: str) -> PromotionCheck:
    return PromotionCheck(name=name, verdict="warn", words=words)


def _failed(name: CheckName, words: str) -> PromotionCheck:
    return PromotionCheck(name=name, verdict="fail", words=words)
