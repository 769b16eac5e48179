"""A workspace that was moved or copied: where it was, and how MLflow's paths follow it."""

from audioset.tracking.moves.follow import follow_move
from audioset.tracking.moves.homes import ARTIFACTS_FOLDER, earlier_homes, note_home, sqlite_path

__all__ = ["ARTIFACTS_FOLDER", "earlier_homes", "follow_move", "note_home", "sqlite_path"]
