"""`python -m audioset`: the same as the command `audioset`."""

from audioset.cli.app import main

main()
