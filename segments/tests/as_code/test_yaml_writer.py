"""Written YAML: any reader, ours and one of YAML 1.1, finds the data again."""

import json

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from segments.as_code.yaml_reader import read_yaml
from segments.as_code.yaml_writer import write_yaml

TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"))
WORDS = st.sampled_from(["no", "1e3", "2026-05-01", "a: b", "a #b", "- a", "x, y", "12:30", "~"])
LINES = st.lists(TEXTS | st.sampled_from(["", " ", "a", " b", "c "]), min_size=2).map("\n".join)
SCALARS = TEXTS | WORDS | LINES | st.integers() | st.booleans() | st.none()
VALUES = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(TEXTS, below, max_size=3),
    max_leaves=8,
)


@given(document=st.dictionaries(TEXTS, VALUES, min_size=1, max_size=4))
@example({"description": "first\n\n  second: 1\n# third\n"})
@example({"description": "a\u2028b\x85c\r\nd\te \U0001f600 “q” ' \""})
@example({"<<": {"=": ["y", "N", "0o7", "", " "]}})
def test_what_is_written_is_read_again(document):
    """Quotes, blocks, line ends and words that a reader may take for something else."""
    written = write_yaml(document)
    found = read_yaml(written)
    if "<<" in document:
        found.problems = [one for one in found.problems if one[1].code != "merge"]
    assert (found.value, found.problems) == (document, [])
    assert written == write_yaml(json.loads(json.dumps(document)))


@given(text=TEXTS | WORDS | LINES)
def test_readers_of_yaml_1_1_find_the_same_text(text):
    """Most programs that show or lint these files still read YAML 1.1."""
    assert yaml.safe_load(write_yaml({"name": text})) == {"name": text}


def test_the_order_of_keys_is_fixed_and_leaves_are_short():
    """PostgreSQL gives back a stored tree with its keys in another order than SQLite does."""
    leaf = {"value": "500", "operator": "gte", "attribute": "lifetime.sales"}
    tree = {"conditions": [{"conditions": [leaf], "match": "any"}], "match": "all"}
    assert write_yaml({"conditions": tree}).decode().splitlines() == [
        "conditions:",
        "  match: all",
        "  conditions:",
        "  - match: any",
        "    conditions:",
        '    - {attribute: lifetime.sales, operator: gte, value: "500"}',
    ]
