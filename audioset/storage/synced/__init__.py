"""A folder of this machine that stands for one on object storage, for as long as it is needed.

What is written in it is sent at once, each file on the condition that nobody else changed it since
it was fetched: the store decides between writers, and nothing of value is only here.
"""

from audioset.storage.synced.changes import was_removed, was_written
from audioset.storage.synced.marks import find_address
from audioset.storage.synced.opened import join_synced, open_synced

__all__ = ["find_address", "join_synced", "open_synced", "was_removed", "was_written"]
