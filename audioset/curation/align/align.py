"""`align_lines`: where a source says the lines of a transcript, and how sure that is."""

from collections import defaultdict
from collections.abc import Sequence

from audioset.curation.align.bootstrap import Placed, place_lines
from audioset.curation.align.features import HOP_SECONDS, hear
from audioset.curation.align.phone_models import PhoneModels
from audioset.curation.align.sound import Sound16k
from audioset.curation.align.voice import choose_voice, speak
from audioset.records.align_options import AlignOptions
from audioset.records.transcript import Alignment, Line, LineSpan


def align_lines(
    sound: Sound16k,
    lines: Sequence[Line],
    options: AlignOptions,
    pins: Sequence[LineSpan] = (),
    models: PhoneModels | None = None,
) -> Alignment:
    """Find lines in a source.

    Args:
        sound: the source, heard once.
        lines: what is said, in this order.
        options: how to look.
        pins: spans that a person confirmed; they stay as they are.
        models: of the phones of the dataset's speakers, to begin with.

    Returns:
        Spans of speech without padding. Lines that were not found and speech that is no line are
        listed, never shifted onto each other.

    Raises:
        InvalidInputError: a line cannot be said.
        NotFoundError: no such voice, or no voices at all.
    """
    heard = hear(sound)
    voice = choose_voice(options.voice, options.language)
    speeches = speak(lines, voice, lexicon=options.lexicon)
    copies = [line.takes or options.takes for line in lines]
    placed, _ = place_lines(heard, speeches, copies, models)
    from audioset.curation.align.edges import snapped

    placed = snapped(placed, heard)
    spans = _spans(placed, lines)
    found = {span.line for span in spans}
    return Alignment(
        aligner="bootstrap@1",
        spans=spans,
        missing=tuple(line.number for line in lines if line.number not in found),
        unexplained=(),
        length_seconds=heard.length_seconds,
    )


def _spans(placed: Sequence[Placed], lines: Sequence[Line]) -> tuple[LineSpan, ...]:
    takes: defaultdict[int, int] = defaultdict(int)
    spans = []
    for span in placed:
        number = lines[span.line].number
        takes[number] += 1
        spans.append(
            LineSpan(
                line=number,
                take=takes[number],
                start_seconds=span.start * HOP_SECONDS,
                end_seconds=span.end * HOP_SECONDS,
                score=1 / (1 + 2.718 ** (4 * span.cost)),
            )  # fmt: skip
        )
    return tuple(spans)
