"""Floor 3b: what a report and a card tell of any set of clips: spread, groups, what to hear."""

from audioset.curation.report.card_facts import collect_card
from audioset.curation.report.collect import collect_report

__all__ = ["collect_card", "collect_report"]
