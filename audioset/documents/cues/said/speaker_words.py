"""Words that are a part of names, that only look like names, or that stand for nobody."""

_PARTICLES = """
de da do dos del della di du des van von der den ter la le el al bin ibn of y e and i the"""
PARTICLES = frozenset(_PARTICLES.split())
# Words before a colon that people say, or that a page says.
_NO_NAMES = """
note notes notice warning caution tip hint example question answer ps p.s nb n.b remember
reminder step first second third finally also so and but or attention important update edit
source sources title chapter part section lyrics translation transcript subtitles captions
summary conclusion result results fact q a re subject date time place spoiler trigger email web
website phone tel
achtung hinweis frage antwort beispiel wichtig remarque nota pregunta respuesta ejemplo
domanda risposta esempio"""
NO_NAMES = frozenset(_NO_NAMES.split())
# Said of people whom nobody knows by name.
UNKNOWN = frozenset(
    ("unknown", "unknown speaker", "unidentified speaker", "speaker unknown", "unidentified")
)
# What editors, aligners and tables write where nobody is named.
_NOBODY = """
ntp default <na> n/a - -- _ ? ?? . * <unknown> [unknown] (unknown) none <none> (none) null nan
undefined unk <unk> [unk] unassigned inter_segment_gap excluded_region"""
NOBODY = UNKNOWN | frozenset(_NOBODY.split())
