"""Where the first aligner left doubts, a second one is asked: better, slower, and optional."""

import warnings
from dataclasses import replace
from pathlib import Path

from audioset.curation.cut.lines.choose import blocks_at_16k
from audioset.errors import InvalidInputError
from audioset.hearing.align.again import align_again, doubtful_stretches, may_hear_again
from audioset.hearing.align.ear.sound import Sound16k
from audioset.media.apart.decoding import open_audio_apart
from audioset.records.line_options import AlignOptions
from audioset.records.line_report import LineReport


def with_second_aligner(path: Path, report: LineReport, options: AlignOptions) -> LineReport:
    """Give a report with the takes that a second aligner finds better.

    It stays as it is where nothing is in doubt, and where no second aligner is installed that fits
    the language. Warns where the second one cannot say a line.

    Args:
        path: the source.
        report: what the first aligner found in it.
        options: as that was asked.

    Raises:
        NotFoundError: no such file.
        MediaError: it cannot be decoded.
    """
    spoken = report.alignment.spoken
    if spoken is None or not may_hear_again(spoken.language):
        return report
    stretches = doubtful_stretches(report.alignment, report.lines)
    if not stretches:
        return report
    try:
        with open_audio_apart(path, track=report.track, channels=report.channels) as audio:
            sound = Sound16k(blocks_at_16k(audio))
            found = align_again(report.alignment, sound, report.lines, options, stretches)
    except InvalidInputError as error:
        warnings.warn(f"{path}: what is in doubt was heard once only: {error}", stacklevel=2)
        return report
    if report.is_in_doubt:  # the second one finds any text too
        found = found.with_any_text()
    heard_seconds = sum(end - start for start, end in stretches)
    return replace(report, alignment=found, heard_again_seconds=heard_seconds)
