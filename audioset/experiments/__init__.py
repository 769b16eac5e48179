"""Floor 4½: what many runs say together: comparisons, promotions. MLflow is asked by `tracking`."""
