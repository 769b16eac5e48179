"""Names and codes of languages, and their BCP 47 tags."""

import re

# English names of languages, and the codes of three letters that corpora write for them.
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
fy frisian fry|be belarusian bel|bs bosnian bos|tt tatar tat|ug uyghur uig
"""
LANGUAGE_OF = {
    word: words.split()[0]
    for words in re.split(r"[|\n]", _LANGUAGES.strip())
    for word in words.split()
}
