"""Floor 4: reading versions for training. Never imports MLflow."""
