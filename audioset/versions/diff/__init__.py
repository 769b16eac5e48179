"""Floor 3b: what changed from one version to another, clip by clip."""
