"""A workspace that was moved or copied: where it was, and how MLflow's paths follow it."""

from audioset.tracking.client.moves.follow import follow_move
from audioset.tracking.client.moves.homes import earlier_homes

__all__ = ["earlier_homes", "follow_move"]
