"""Floor 5: the values with which a training gives the best metric. Only here is Optuna."""
