"""The grammars of the languages that are read, and the detection of a text's language."""

from conditions.reading.languages.english import ENGLISH
from conditions.reading.languages.french import FRENCH
from conditions.reading.languages.german import GERMAN
from conditions.reading.languages.grammar import Grammar
from conditions.reading.languages.words import words_of

GRAMMARS = {grammar.code: grammar for grammar in (ENGLISH, GERMAN, FRENCH)}


def grammar_of(language: str) -> Grammar:
    """Return the grammar of a language (`de`, `de-at`); English for one that is not read."""
    return GRAMMARS.get(language.partition("-")[0], ENGLISH)


def other_grammar(text: str, grammar: Grammar) -> Grammar | None:
    """Return the grammar that has more of the words of `text` than `grammar`, if any."""
    said = [word.said for word in words_of(text) if word.said]

    def known_words(one: Grammar) -> int:
        return sum(word in one.vocabulary for word in said)

    most = max(GRAMMARS.values(), key=known_words)
    return most if known_words(most) > known_words(grammar) else None
