"""Words that stand in texts of cues and that nobody says, as programs and people write them."""

import re

_SOUNDS = """
music musical applause applauding clapping claps laughter laughs laughing laugh chuckles chuckling
giggles giggling silence silent blank_audio blank noise noises static sound sounds sfx cough coughs
coughing sneeze sneezes sneezing sigh sighs sighing breath breathing breathes inhales exhales gasp
gasps gasping cheering cheers crowd bell rings ringing beep beeps beeping click clicks clicking
knock knocking footsteps barking barks chirping sniffs sniffles sobbing sobs crying cries screams
screaming shouting groans grunts whistles whistling humming hums murmuring chatter typing pause
no_speech lipsmack smack nonspeech non-speech pau sil
musik applaus gelächter stille geräusch husten lachen lacht
musique applaudissements rires rire silencio música aplausos risas risos musica applausi risate
muziek gelach музыка аплодисменты смех müzik alk\u0131ş muzyka śmiech
音楽 音乐 拍手 笑 笑い 掌声 음악 박수 웃음 موسيقى संगीत"""
SOUNDS = frozenset(_SOUNDS.split())
_SOUND_PHRASES = """
no speech|no speech detected|no audio|no sound|blank audio|speaking foreign language|non speech
end of recording|background noise"""
SOUND_PHRASES = frozenset(re.split(r"[\n|]", _SOUND_PHRASES))
_PERSONS = "i i'm you we they he she it me my your our their his her"
PERSONS = frozenset(_PERSONS.split())  # (I like music) is said
_UNKNOWN_WORDS = """
inaudible unintelligible indistinct unclear crosstalk unk foreign redacted bleep indiscernible
unverständlich inaudibles incomprensible incompréhensible inintelligible ininteligible inaudível
неразборчиво"""
UNKNOWN_WORDS = frozenset(_UNKNOWN_WORDS.split())
# Of aligners and corpora, without or with their brackets: silence, and words that are not known.
_ALIGNER_SILENCE = """
sil sp pau <sil> <p:> <p> <eps> <s> </s> !sil <silence> <usb> <nib> {sl} {br} {ns} {lg} {cg} nsn
<nsn> <noise> <np>"""
ALIGNER_SILENCE = frozenset(_ALIGNER_SILENCE.split())
_ALIGNER_UNKNOWN = "spn <spn> <unk> <oov> oov xxx yyy www +++ %unk"
ALIGNER_UNKNOWN = frozenset(_ALIGNER_UNKNOWN.split())
# What subtitles say of themselves, and recognisers have learnt to say in silence.
CREDITS = re.compile(
    r"amara\.org|opensubtitles|subscene|addic7ed|yts\.|\bsubtitles? (?:by|made|created)\b"
    r"|\bsubtitled by\b|\bcaption(?:s|ed|ing)? by\b|transcri(?:bed|ption|pt) by"
    r"|synced and corrected|thanks? (?:you )?for watching|please subscribe|like and subscribe"
    r"|untertitel (?:im auftrag|der|von)|sous-titr(?:es|age)|subtítulos (?:realizados|por)"
    r"|legendas? pela|sottotitoli (?:creati|e revisione)|altyaz\u0131 m"
    r"|субтитры (?:сделал|делал)|ご視聴ありがとう|字幕由",
    re.IGNORECASE,
)
