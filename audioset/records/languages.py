"""Names and codes of languages, and their BCP 47 tags."""

import re

# Tags of languages, their English names, and the codes of three letters that corpora write.
_LANGUAGES = """
en english eng|de german ger deu|fr french fre fra|es spanish spa castilian|it italian ita
pt portuguese por|nl dutch dut nld flemish|pl polish pol|ru russian rus|uk ukrainian ukr
cs czech cze ces|sk slovak slo slk|sl slovenian slovene slv|hr croatian hrv|sr serbian srp
bg bulgarian bul|mk macedonian mac mkd|ro romanian rum ron|hu hungarian hun|fi finnish fin
et estonian est|lv latvian lav|lt lithuanian lit|sv swedish swe|no norwegian nor|da danish dan
is icelandic ice isl|ga irish gle|gd gaelic gla|cy welsh wel cym|br breton bre|eu basque baq eus
ca catalan cat|gl galician glg|el greek gre ell|tr turkish tur|ar arabic ara|he hebrew heb
fa persian farsi per fas|ps pashto pus|ur urdu urd|hi hindi hin|bn bengali bangla ben
pa punjabi panjabi pan|gu gujarati guj|mr marathi mar|ta tamil tam|te telugu tel|kn kannada kan
ml malayalam mal|or odia oriya ori|as assamese asm|ne nepali nep|si sinhala sinhalese sin
th thai tha|lo lao|km khmer khm|my burmese bur mya|vi vietnamese vie|id indonesian ind
ms malay may msa|tl tagalog filipino tgl|jv javanese jav|su sundanese sun|ja japanese jpn
ko korean kor|zh chinese mandarin chi zho cmn|yue cantonese|mn mongolian mon|kk kazakh kaz
uz uzbek uzb|ky kyrgyz kir|tg tajik tgk|tk turkmen tuk|az azerbaijani aze|ka georgian geo kat
hy armenian arm hye|sw swahili swa swh|ha hausa hau|yo yoruba yor|ig igbo ibo|am amharic amh
so somali som|zu zulu zul|xh xhosa xho|af afrikaans afr|rw kinyarwanda kin|lg luganda ganda lug
mt maltese mlt|sq albanian alb sqi|lb luxembourgish ltz|eo esperanto epo|la latin lat|sco scots
fy frisian fry|be belarusian bel|bs bosnian bos|tt tatar tat|ug uyghur uig|ku kurdish kur
nds low_german|oc occitan oci|tn tswana tsn|gn guarani grn|ht haitian hat|fo faroese fao
"""
LANGUAGE_OF = {
    word: words.split()[0]
    for words in re.split(r"[|\n]", _LANGUAGES.strip())
    for word in words.split()
}
_NAME_OF = {
    words.split()[0]: words.split()[1].replace("_", " ").title()
    for words in re.split(r"[|\n]", _LANGUAGES.strip())
}
_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")


def language_of(word: str) -> str:
    """Give the BCP 47 tag of a language's name or code; any other word as it is."""
    folded = word.strip().casefold()
    if folded in LANGUAGE_OF:
        return LANGUAGE_OF[folded]
    if not _TAG.fullmatch(word.strip()):
        return word
    first, *others = re.split(r"[-_]", word.strip())
    first = LANGUAGE_OF.get(first.casefold(), first.casefold())
    return "-".join([first, *(_subtag(other) for other in others)])


def is_language_tag(word: str) -> bool:
    """Tell whether a word has the form of a BCP 47 tag."""
    return _TAG.fullmatch(word) is not None


def language_name(tag: str) -> str:
    """Give the English name of a tag's language, with the tag: `French (fr)`; or the tag alone."""
    name = _NAME_OF.get(tag.partition("-")[0].lower())
    return f"{name} ({tag})" if name else tag


def _subtag(text: str) -> str:
    if len(text) == 4 and text.isalpha():
        return text.title()  # a script, as in zh-Hant
    return text.upper() if len(text) == 2 else text.lower()
