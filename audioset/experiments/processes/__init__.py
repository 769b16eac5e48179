"""Floor 5: trainings as processes of their own, which end with us and leave nothing behind."""
