"""Floor 3b: withdrawn recordings, taken out of every version in the store."""

from audioset.versions.forget.cut_shards import ShardsWithout
from audioset.versions.forget.forget import ForgetPlan, Forgotten, forget, plan_forget

__all__ = ["ForgetPlan", "Forgotten", "ShardsWithout", "forget", "plan_forget"]
