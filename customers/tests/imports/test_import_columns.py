"""Whole columns and blocks of rows say the same as cell by cell and row by row."""

import csv
import io
from random import Random

import pytest

from core.text.folding import fold, fold_all
from customers.imports.problems import BadCell, BrokenFile
from customers.imports.staging import cells, csv_rows
from customers.imports.staging.cells import convert_column
from customers.imports.staging.copying import copy_text
from customers.imports.staging.csv_rows import CsvRows, Row, open_rows


@pytest.mark.parametrize(
    "texts",
    [
        ["Müller", None, "", "ΣΊΣΥΦΟΣ", "ΣΣ", "İstanbul", "e\u0301", "\u0301a", "ß", "K"],
        ["Plain", "TEXT"],
        ["", ""],
        [],
    ],
)
def test_texts_are_folded_together_as_each_by_itself(texts):
    assert fold_all(texts) == [fold(text) for text in texts]


CELLS = ["", "1", "2024-02-30T00:00:00Z", "2024-02-29T23:59:59Z", "0000-01-01T00:00:00Z", "abcde"]


@pytest.mark.parametrize(
    "convert",
    [
        cells.Text(4),
        cells.Text(None),
        cells.Required(cells.Text(4)),
        cells.Optional(cells.Text(4), None),
        cells.Required(cells.number),
        cells.Optional(cells.moment, None),
        cells.Required(cells.moment),
    ],
)
def test_a_column_is_read_as_each_of_its_cells(convert):
    good = []
    for cell in CELLS:
        try:
            good.append((cell, convert(cell)))
        except BadCell:
            with pytest.raises(BadCell):
                convert_column(convert, [cell])
    assert list(convert_column(convert, [cell for cell, _value in good])) == [
        value for _cell, value in good
    ]


@pytest.mark.parametrize("cell", ["16.806723", "-0.00003937"])
def test_a_number_of_many_decimals_is_refused_so(cell):
    with pytest.raises(BadCell, match="too_many_decimals"):
        cells.number(cell)


def test_the_usual_form_of_a_moment_means_what_every_form_means():
    usual = cells.moment("2024-02-29T23:59:59Z")
    assert usual == cells.moment("2024-02-29 23:59:59+00:00") == "2024-02-29 23:59:59"


def test_rows_are_written_as_copy_reads_them():
    columns = [["a\\b", "tab\tline\nreturn\r", None], [1, None, 3], [True, False, None]]
    assert copy_text(columns) == (
        "a\\\\b\t1\tTrue\ntab\\tline\\nreturn\\r\t\\N\tFalse\n\\N\t3\t\\N\n"
    )


def rows_of_blocks(rows):
    for block in rows.blocks():
        yield from [block] if isinstance(block, Row) else zip(*block, strict=True)


def outcome(read, data, separator=","):
    """Return the rows, in the file's order, and the problems of a file that breaks off."""
    found, problems = [], []
    try:
        for row in read(CsvRows("x.csv", io.BytesIO(data), separator)):
            found.append(row)
    except BrokenFile as error:
        problems = error.problems
    return sorted(found, key=lambda row: row.line if isinstance(row, Row) else row[0]), problems


@pytest.mark.parametrize("size", [1, 7, 40, 1 << 18])
@pytest.mark.parametrize(
    "body",
    [
        b"1,2\n3,4\n5,6\n",
        b"1,2\r\n3,4\r\n",
        b"1,2\n\n3,4",
        b'"a,b",2\n"two\nlines",4\n5,6\n7,8\n',
        b'"he said ""no""",2\n5,6\n',
        b"1\n2,3\n4,5,6\n7,8\n",
        b'1,"2"3\n4,5\n"6\n7",8\n9,10\n',
        b"1,\xff\n3,4\n\xc3\xa9,\xe2\x80\xa8\n5,6\n",
        b"1,\0\n3,4\n",
        b"1,2\r3\n4,5\n",
        b"\x0b,\x1c\n\x85,2\n" + "\u2028,\u0085\n".encode(),
    ],
)
def test_blocks_have_the_rows_of_the_file(monkeypatch, size, body):
    monkeypatch.setattr(csv_rows, "BLOCK", size)
    data = b"a,b\n" + body
    assert outcome(rows_of_blocks, data) == outcome(iter, data)


PIECES = ["a", "1", "ü", "", "", "x y", '"q"', '""', '"a,b"', '"two\nlines"', '"a\r\nb"', '"a""b"']
BAD_PIECES = ['"open', 'in"side', '"a"b', "\r", "\0", "\udcff", "\u2028", "\x1c"]


def generated_file(choose):
    """Return the bytes of a small CSV file, half of these files bad, and its separator."""
    pieces = PIECES + choose.choice([[], [], [choose.choice(BAD_PIECES)], BAD_PIECES])
    are_short = choose.random() < 0.2
    width, separator = choose.randint(1, 4), choose.choice(",;\t")
    end = choose.choice(["\n", "\n", "\r\n"])
    lines = [separator.join("abcd"[:width])]
    for _row in range(choose.randint(0, 12)):
        cells = choose.randint(0, 5) if are_short and choose.random() < 0.6 else width
        lines.append(separator.join(choose.choices(pieces, k=cells)))
    text = end.join(lines) + choose.choice(["", end])
    return text.encode(errors="surrogateescape"), separator


def test_generated_files_have_the_same_rows_by_blocks(monkeypatch):
    choose = Random(52)
    for number in range(600):
        data, separator = generated_file(choose)
        monkeypatch.setattr(csv_rows, "BLOCK", choose.choice([1, 20, 60, 1 << 18]))
        by_blocks, by_rows = (outcome(read, data, separator) for read in (rows_of_blocks, iter))
        assert by_blocks == by_rows, (number, data)


@pytest.mark.parametrize(
    ("content", "cells"),
    [
        (b"id;email\nc1;x\n", ["c1", "x"]),
        (b"id\temail\nc1\tx\n", ["c1", "x"]),
        (b"sep=;\r\nid,x;y\r\nc1;z\r\n", ["c1", "z"]),
        (b'\xef\xbb\xbf"SEP=\t"\nid\temail\nc1\tx\n', ["c1", "x"]),
        (b"id,email,,\nc1,x,,\n", ["c1", "x"]),
        (b"id,email\nc1,x,\n", ["c1", "x"]),
        (b",\n\nid,email\n,\n,,,\nc1,x\n", ["c1", "x"]),
        # Commas go before: the semicolon is a part of the heading.
        (b"id,a;b\nc1,x\n", ["c1", "x"]),
        (b"id;a, b;c, d, e\nc1;x;y\n", ["c1", "x", "y"]),
    ],
)
def test_the_reader_understands_files_of_spreadsheets(content, cells):
    rows = open_rows("x.csv", io.BytesIO(content), {"id"}.__contains__)
    blocks = [block for block in rows.blocks() if block[0]]
    assert [(list(lines), found) for lines, found in blocks] == [([content.count(b"\n")], [cells])]


@pytest.mark.parametrize("size", [1, 7, 1 << 18])
def test_what_is_wrong_before_a_file_breaks_off_is_told(monkeypatch, size):
    monkeypatch.setattr(csv_rows, "BLOCK", size)
    found, broken = [], None
    try:
        for block in CsvRows("x.csv", io.BytesIO(b'a,b\n1,2\n3\n4,5\n"never')).blocks():
            found += [block.line] if isinstance(block, Row) else list(block[0])
    except BrokenFile as error:
        broken = error.problems[0]
    assert sorted(found) == [2, 3, 4]
    assert (broken.code, broken.line) == ("open_quote", 5)


@pytest.fixture
def field_size_limit():
    """Restore the limit of the module csv, which counts for the whole process."""
    limit = csv.field_size_limit()
    yield
    csv.field_size_limit(limit)


@pytest.mark.usefixtures("field_size_limit")
def test_a_row_that_is_too_long_is_found_in_a_block(monkeypatch):
    monkeypatch.setattr(csv_rows, "LONGEST_ROW", 20)
    with pytest.raises(BrokenFile) as broken:
        list(rows_of_blocks(CsvRows("x.csv", io.BytesIO(b"a,b\n1,2\n" + b"x" * 30 + b",2\n"))))
    assert (broken.value.problems[0].code, broken.value.problems[0].line) == ("huge_row", 3)
