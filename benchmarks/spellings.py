"""What splits take for one: numbers as digits and as words, contractions, spellings of names.

Usage: python benchmarks/spellings.py

Numbers from 0 to 2,100 are written by num2words, which shares no code with us, in the languages
that are read and in one that is not. Contractions and names are listed here. *Wrong*: two that are
not one, but are taken for it: two numbers, a sentence and its denial, or two names of the list.
"""

import argparse
from itertools import combinations

from num2words import num2words

from audioset.records.same_sentence import fold_sentence, rules_of
from audioset.records.sentence import normalise_sentence
from audioset.records.speaker_names import fold_speaker

LANGUAGES = ("en", "fr", "es", "pt", "de", "nl", "da", "it", "cs")
CONTRACTIONS = """
I don't know/I do not know, he doesn't care/he does not care, they didn't come/they did not
come, it isn't true/it is not true, it's not true/it isn't true, we aren't there/we are not
there, I wasn't asked/I was not asked, they weren't told/they were not told, I can't see/I
cannot see, I can't see/I can not see, she won't say/she will not say, we shan't go/we shall not
go, you wouldn't dare/you would not dare, I haven't time/I have not time, he hasn't any/he has
not any, it's late/it is late, it's been late/it has been late, that's all/that is all, there's
more/there is more, who's there/who is there, what's wrong/what is wrong, I'm here/I am here,
you're right/you are right, we're ready/we are ready, they're gone/they are gone, I've seen it/I
have seen it, we've won/we have won, I'll come/I will come, they'll see/they will see, I'd like
that/I would like that, we'd better go/we had better go, let's go/let us go
"""
NAMES = """
Màiri, Seònaid, Eòghann, Ùisdean, Zoë, José, Müller, François, Søren, Łukasz, Ángel, Björn, Dvořák,
Νίκος, Андрей, Isla, Ada, Ben, Mairead, Marie
"""


def numbers(most):
    print("| numbers in words | read as the digits, before | now | wrong |")
    print("|---|---|---|---|")
    for language in LANGUAGES:
        rules = rules_of(language)
        pairs = [(f"{n} times", f"{num2words(n, lang=language)} times") for n in range(most)]
        before = sum(normalise_sentence(one) == normalise_sentence(other) for one, other in pairs)
        found = [[fold_sentence(text, rules) for text in pair] for pair in pairs]
        wrong = sum(len({one[at] for one in found}) < most for at in (0, 1))
        now = sum(one == other for one, other in found)
        print(f"| {language} | {before} of {most} | {now} | {wrong} |")


def contractions():
    pairs = [pair.strip().split("/") for pair in CONTRACTIONS.replace("\n", " ").split(",")]
    rules = rules_of("en")
    before = sum(normalise_sentence(one) == normalise_sentence(other) for one, other in pairs)
    now = sum(fold_sentence(one, rules) == fold_sentence(other, rules) for one, other in pairs)
    denied = [other for _, other in pairs if " not " in f"{other} "]
    wrong = sum(
        fold_sentence(text, rules) == fold_sentence(text.replace(" not", ""), rules)
        for text in denied
    )
    return len(pairs), before, now, wrong


def names():
    listed = NAMES.replace("\n", " ").replace(" ", "").split(",")
    spelled = [(name, [name.lower(), name.upper(), f"{name} ", plain(name)]) for name in listed]
    pairs = [(name, other) for name, others in spelled for other in others if other != name]
    now = sum(fold_speaker(one) == fold_speaker(other) for one, other in pairs)
    wrong = sum(fold_speaker(one) == fold_speaker(other) for one, other in combinations(listed, 2))
    return len(pairs), 0, now, wrong


def plain(name):
    """Write a name as on a keyboard without its accents."""
    return name.translate(str.maketrans("àèòÙëéüçøŁÁöříй\u03af", "aeoUeeucoLAoriи\u03b9"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    numbers(21 if parser.parse_args().tiny else 2_101)
    print("\n| written in two ways | pairs | taken for one, before | now | wrong |")
    print("|---|---|---|---|---|")
    for what, row in (("English contractions", contractions()), ("names", names())):
        print(f"| {what} | {' | '.join(map(str, row))} |")


if __name__ == "__main__":
    main()
