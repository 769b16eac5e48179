"""Curate speech datasets from video, and know which data made which model."""
