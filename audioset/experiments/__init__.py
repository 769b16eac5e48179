"""Floor 5: what many runs say together, and trainings run again. Only here is Optuna."""
