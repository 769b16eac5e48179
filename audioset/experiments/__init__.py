"""Floor 5: searches over trainings, and trainings run again. The only place that knows Optuna."""
