"""Words for a place among others and for an average, in each language."""

from collections.abc import Mapping

from conditions.reading.languages.rank_words.english import ENGLISH
from conditions.reading.languages.rank_words.french import FRENCH
from conditions.reading.languages.rank_words.german import GERMAN
from conditions.reading.languages.rank_words.model import RankWords

RANK_WORDS: Mapping[str, RankWords] = {"en": ENGLISH, "de": GERMAN, "fr": FRENCH}
