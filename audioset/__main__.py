"""`python -m audioset`: the same as the command `audioset`."""

from audioset.cli.start import main

main()
