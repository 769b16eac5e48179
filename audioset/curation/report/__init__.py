"""Floor 3b: what a report tells of any set of clips: spread, groups, and which ones to hear."""

from audioset.curation.report.collect import collect_report

__all__ = ["collect_report"]
