"""Floor 4: from a model back to its exact clips, and from a clip forward to its models."""
