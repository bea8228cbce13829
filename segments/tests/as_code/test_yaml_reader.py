"""YAML as plain data: what JSON would make of plain words, and all that is refused."""

from decimal import Decimal

import pytest

from segments.as_code.yaml_reader import MOST_DEPTH, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[(word, word) for word in ("no", "yes", "on", "Off", "y", "2026-05-01", "1_000", "0x1F")],
        *[(word, word) for word in ("012", "+1", ".5", "1.", ".inf", "12:30:45", "=", "=a")],
        *[("1e3", Decimal(1000)), ("-0.50", Decimal("-0.50")), ("7", 7), ("0", 0)],
        *[("true", True), ("false", False), ("null", None), ("~", None), ("", None)],
        *[('"true"', "true"), ("'7'", "7"), ('"\\u00e4\\n"', "ä\n"), ("|\n  a\n  b\n", "a\nb\n")],
    ],
)
def test_plain_words_mean_what_json_means(text, value):
    """A reader of YAML 1.1 would make booleans, dates and sexagesimal numbers of these."""
    found = read_yaml(f"key: {text}\n".encode())
    assert (found.value, found.problems) == ({"key": value}, [])


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("a: 1\nb: &x 2\n", 2, "anchor"),
        ("a: 1\nb: *x\n", 2, "anchor"),
        ("a: !!str 1\n", 1, "tag"),
        ("a: ! x\n", 1, "tag"),
        ("a:\n  <<: {b: 1}\n", 2, "merge"),
        ("a: 1\nb:\n  c: 1\n  c: 2\n", 4, "repeated_key"),
        ("a: 1\n'a': 2\n", 2, "repeated_key"),
        ("? [a]\n: 1\n", 1, "key"),
        ("a: 1\n---\nb: 2\n", 2, "documents"),
        ("%YAML 1.1\n---\na: 1\n", 1, "directive"),
        ("%TAG ! tag:x,2000:\n---\na: 1\n", 1, "directive"),
        ("", 1, "empty"),
        ("# nothing\n", 1, "empty"),
        ("a: 1\nb: [1\n", 3, "not_yaml"),
        ("a: 1\n\tb: 2\n", 2, "not_yaml"),
        ("a: 1\nb: \x01\n", 2, "not_yaml"),
        ("a: " + "[" * 100_000, 1, "too_deep"),
        ("a: " + "x" * 256 * 1024, 1, "too_large"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else None,
)
def test_what_yaml_has_beyond_json_is_refused_with_its_line(text, line, code):
    """Each of these would give a file a second meaning, or cost memory without end."""
    assert [(at, problem.code) for at, problem in read_yaml(text.encode()).problems] == [
        (line, code)
    ]


def test_file_that_is_not_utf8_names_the_line():
    found = read_yaml(b"a: 1\nb: \xff\n")
    assert [(line, problem.code) for line, problem in found.problems] == [(2, "not_utf8")]


def test_a_path_that_is_not_in_the_file_has_the_line_around_it():
    """A problem of a key that is missing stands at the object that lacks it."""
    found = read_yaml(b"conditions:\n  match: all\n  conditions:\n  - {attribute: x}\n")
    assert found.line_of("conditions.conditions[0].operator") == 4
    assert found.line_of("conditions.conditions[3]") == 3
    assert found.line_of("name") == 1


def test_the_deepest_document_is_read():
    assert not read_yaml(("[" * MOST_DEPTH + "]" * MOST_DEPTH).encode()).problems
