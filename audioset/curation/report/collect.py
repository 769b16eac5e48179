"""`audioset report`: all that a page about clips shows, in three passes over their rows.

The first is that of `describe`, which also tells between which values each measure lies; the second
counts into bins and groups, and keeps the rows of the few clips that are to be heard; the third, of
the certificate, is made only where clips have splits, and alone holds columns of all clips:
what they share.
"""

from dataclasses import replace

from audioset.curation.describe import describe_batches, describe_columns
from audioset.curation.report.choice import CHOICE_COLUMNS, Choice
from audioset.curation.report.sums import SUM_COLUMNS, ReportSums
from audioset.curation.split import certify_clips
from audioset.curation.workspace.clip_sets import ClipSet, large_batches, without_rejected
from audioset.records.dataset_report import DatasetReport
from audioset.records.description import Description
from audioset.records.split_report import SplitCertificate, SplitOptions
from audioset.records.version_diff import VersionDiff

_COLUMNS = tuple(dict.fromkeys([*SUM_COLUMNS, *CHOICE_COLUMNS, "accepted"]))


def collect_report(
    clips: ClipSet,
    *,
    split_options: SplitOptions,
    num_withdrawn: int = 0,
    description: Description | None = None,
    certificate: SplitCertificate | None = None,
    diff: VersionDiff | None = None,
    not_compared: str = "",
) -> DatasetReport:
    """Collect what a report tells of clips; rejected ones are counted, and no more.

    Args:
        clips: withdrawn ones are not among them.
        split_options: what splits must not share.
        num_withdrawn: clips that were withdrawn, to be told.
        description, certificate: of these clips, where they are known already.
        diff: what changed.
        not_compared: why there is no `diff`.

    Raises:
        InvalidInputError: the clips' file is not a manifest.
        IntegrityError: a stored manifest is damaged.
        StorageError: the store did not answer, or refused.
    """
    told = description or describe_batches(clips.scan(describe_columns()), name=clips.name)
    told = replace(told, num_withdrawn=num_withdrawn)
    sums, choice = ReportSums(told), Choice()
    for whole in large_batches(clips.scan(_COLUMNS), _COLUMNS):
        batch = without_rejected(whole)
        sums.add(batch)
        choice.add(batch)
    if certificate is None and any(total.name for total in told.splits):
        certificate = certify_clips(clips, split_options, near_limit=None)
    return DatasetReport(
        name=told.name,
        description=told,
        histograms=sums.histograms(),
        speakers=sums.speakers.ranked(),
        sources=sums.sources.ranked(),
        flags=sums.flags(),
        certificate=certificate,
        worst=choice.worst(),
        best=choice.best(),
        random=choice.random(),
        diff=diff,
        not_compared=not_compared,
    )
