"""Floor 2: files to samples and back. The only place that imports PyAV, soundfile and soxr."""
