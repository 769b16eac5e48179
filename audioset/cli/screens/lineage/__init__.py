"""Floor 6b: what the commands show for going from models to clips and back."""
