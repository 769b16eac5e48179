"""Floor 2: what people decided. The only place that imports SQLAlchemy."""
