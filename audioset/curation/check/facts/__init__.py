"""Rules about what clips say of themselves: values that contradict each other, or cannot be."""

from audioset.curation.check.facts.counts import FactCounts
from audioset.curation.check.facts.find import FACT_RULES, find_in_facts

__all__ = ["FACT_RULES", "FactCounts", "find_in_facts"]
