"""What can be known to be wrong with a cut by lines before any source is heard."""

import warnings

from audioset.documents.transcripts import read_lines
from audioset.errors import NotFoundError
from audioset.installation import install_line
from audioset.records.line_options import AlignOptions, TranscriptOptions


def check_lines(transcript: TranscriptOptions, align: AlignOptions) -> None:
    """Look at the transcript that is for all sources, the aligner and its voice.

    Warns when lines will be found by pauses alone because the voices are not installed.

    Raises:
        NotFoundError: no such transcript or voice, or a voice was asked for and none is installed.
        InvalidInputError: the transcript cannot be read, or nobody knows the aligner.
    """
    from audioset.hearing.align.align import BOOTSTRAP, STRUCTURAL, choose_aligner
    from audioset.hearing.align.voices.languages import choose_voice

    aligner = choose_aligner(align.aligner)
    if aligner == BOOTSTRAP:
        choose_voice(align.voice, align.language)
    elif aligner == STRUCTURAL and align.aligner != STRUCTURAL:
        _tell_no_voices(transcript, align)
    if transcript.path is not None and not transcript.path.is_dir():
        read_lines(transcript.path, column=transcript.column, speakers=transcript.speakers)


def _tell_no_voices(transcript: TranscriptOptions, align: AlignOptions) -> None:
    """Tell that voices are missing, and refuse what would be without effect for that reason."""
    asked = [
        word
        for word, value in (("voice", align.voice), ("lexicon", transcript.lexicon))
        if value is not None
    ]
    if asked:
        raise NotFoundError(
            f"a {asked[0]} was asked for, but the voices of espeak-ng are not installed; "
            f"{install_line('align')}"
        )
    warnings.warn(
        "the voices of espeak-ng are not installed, so lines are found by pauses and lengths alone,"
        f" which goes wrong where any are missing; {install_line('align')}",
        stacklevel=4,
    )
