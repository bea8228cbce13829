"""The sentences of several segments, with the names of all codes looked up together."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from conditions.language.shared_lookups import share_lookups
from conditions.parsing.names import look_up_names
from segments.models import Segment
from segments.rules.evaluation.rule import sentence_of
from segments.rules.in_conditions.references import ListedSegments, codes_in, trees_behind


def with_sentences(segments: Sequence[Segment]) -> list[tuple[Segment, str]]:
    """Return `segments`, each with its sentence, in a number of queries that does not grow."""
    with names_looked_up([segment.conditions for segment in segments]):
        return [(segment, sentence_of(segment, segment.conditions)) for segment in segments]


@contextmanager
def names_looked_up(trees: Sequence[Any]) -> Iterator[None]:
    """Look up the names of all codes in `trees` together, for parsing them within the block."""
    with share_lookups():
        lists = ListedSegments()
        # Parsing follows references: the trees behind all segments are read here at once.
        trees_behind({code for tree in trees for code in codes_in(tree, lists)}, lists)
        look_up_names(trees)
        yield
