"""Floor 4: withdrawn recordings: which runs and models read them, and taking them out."""

from audioset.tracking.withdrawal.blast_radius import find_blast_radius
from audioset.tracking.withdrawal.carry_out import ForgetReport, carry_out

__all__ = ["ForgetReport", "carry_out", "find_blast_radius"]
