"""The sentences of several segments, with the names of all codes looked up together."""

from collections.abc import Sequence

from conditions.language.shared_lookups import share_lookups
from conditions.parsing.names import look_up_names
from segments.models import Segment
from segments.rules.references import ListedSegments, codes_in, trees_behind
from segments.rules.rule import sentence_of


def with_sentences(segments: Sequence[Segment]) -> list[tuple[Segment, str]]:
    """Return `segments`, each with its sentence, in a number of queries that does not grow."""
    trees = [segment.conditions for segment in segments]
    with share_lookups():
        lists = ListedSegments()
        # Parsing follows references: the trees behind all segments are read here at once.
        trees_behind({code for tree in trees for code in codes_in(tree, lists)}, lists)
        look_up_names(trees)
        return [(segment, sentence_of(segment, segment.conditions)) for segment in segments]
