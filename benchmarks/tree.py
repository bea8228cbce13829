"""CPU time for a tree of 100 nodes before the first query."""

from benchmarks.measure import Goal, Kind, Options, Row, in_turn, processor_milliseconds
from benchmarks.preview import AS_OF
from benchmarks.trees import hundred_nodes, parts
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.sql.statement import statement_of


def rows(options: Options) -> list[Row]:
    with parts():
        tree = hundred_nodes()
        parsed = parse_tree(tree)
        validated, compiled = in_turn(
            lambda: parse_tree(tree),
            lambda: statement_of(matching_customers(parsed, as_of=AS_OF)),
            rounds=options.rounds * 3,
            clock=processor_milliseconds,
        )
    return [
        Row("tree", "validate 100 nodes", validated, goals=(Goal(Kind.MILLISECONDS, 3),)),
        Row("tree", "100 nodes to SQL", compiled, goals=(Goal(Kind.MILLISECONDS, 40),)),
    ]
