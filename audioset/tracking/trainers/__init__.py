"""Floor 4: callbacks for other people's trainers, which pin versions in their runs."""
