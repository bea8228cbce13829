"""The command: exit status, table, refused rows; imports that meet; readers meanwhile."""

import gzip
import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from customers.imports.shop_csv import import_shop
from customers.imports.storing.sql import Sql
from customers.models import Customer
from customers.tests.imports.importing import CUSTOMERS, Importer


def test_the_command_ends_with_a_table(importer):
    output = StringIO()
    call_command("import_shop", importer.directory(customers=CUSTOMERS), stdout=output)
    cells = [line.split() for line in output.getvalue().splitlines() if "customers.csv" in line]
    assert [cell for cell in cells[0] if cell != "│"] == ["customers.csv", "2", "2", "0", "0", "0"]


def test_the_command_fails_with_every_problem_and_without_a_row(importer):
    directory = importer.directory(customers="id,is_active\nc1,x\nc2,y\n")
    with pytest.raises(CommandError) as failure:
        call_command("import_shop", directory)
    assert failure.value.returncode == 1
    assert str(failure.value).splitlines() == [
        'customers.csv:2: is_active: "x" is neither true nor false',
        'customers.csv:3: is_active: "y" is neither true nor false',
        "Nothing was imported.",
    ]
    assert not Customer.objects.exists()


def test_the_command_skips_bad_rows_when_told_to(importer, monkeypatch):
    directory = importer.directory(customers="id,is_active\nc1,x\nc2,\n")
    monkeypatch.chdir(importer.folder)
    output = StringIO()
    call_command("import_shop", directory, skip_bad_rows=True, stdout=output)
    assert "1 row was refused: see refused_rows.csv" in output.getvalue()
    assert (importer.folder / "refused_rows.csv").read_text().count("\n") == 2
    other = importer.folder / "other.csv"
    call_command("import_shop", directory, "--skip-bad-rows", "--refused", other, stdout=StringIO())
    assert other.read_text().count("\n") == 2


def test_skipping_a_file_without_a_usable_header_refuses_the_import(importer):
    directory = importer.directory(customers="id,colour\nc1,x\n")
    with pytest.raises(CommandError, match="colour: unknown column"):
        call_command("import_shop", directory, "--skip-bad-rows", "--refused", "unused.csv")


@pytest.mark.parametrize(
    ("work", "arguments"),
    [
        ("imports.pipeline.import_shop", ["import_shop", "folder"]),
        (
            "management.commands.import_online_retail.import_online_retail",
            ["import_online_retail", "somewhere.csv"],
        ),
        (
            "management.commands.generate_shop.generate_shop",
            ["generate_shop", "--customers", "1", "--seed", "1"],
        ),
    ],
)
def test_an_interrupted_import_says_that_nothing_is_written(work, arguments, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()

    def interrupted(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"customers.{work}", interrupted)
    with pytest.raises(CommandError, match="Interrupted") as failure:
        call_command(*arguments)
    assert failure.value.returncode == 130


@pytest.mark.parametrize("name", ["customers.CSV", "Customers.csv", "customers.csv.gz"])
def test_the_command_reads_a_file_under_these_names(tmp_path, db, name):
    content = CUSTOMERS.encode()
    is_packed = name.endswith(".gz")
    (tmp_path / name).write_bytes(gzip.compress(content) if is_packed else content)
    call_command("import_shop", tmp_path, stdout=StringIO())
    assert Customer.objects.count() == 2


def test_refused_rows_come_from_a_packed_file(tmp_path, db):
    packed = gzip.compress(b"sep=;\r\nid;is_active\r\nc1;x\r\nc2;\r\n")
    (tmp_path / "customers.csv.gz").write_bytes(packed)
    refused = tmp_path / "refused.csv"
    import_shop(tmp_path, skip_bad_rows=refused)
    assert refused.read_text().splitlines()[1].startswith("customers.csv,3,")
    assert Customer.objects.get().external_id == "c2"


def test_the_command_fails_without_a_file_to_import(importer):
    directory = importer.directory(customers_export=CUSTOMERS, refused_rows="file,line\n")
    with pytest.raises(CommandError) as failure:
        call_command("import_shop", directory)
    assert failure.value.returncode == 1
    assert str(failure.value).splitlines() == [
        "customers_export.csv: its columns are those of customers.csv: call it so",
        "refused_rows.csv: its columns are of no known export. “Bring your shop” reads what "
        "Shopify, WooCommerce and Magento export, and lists of orders of any other shop once you "
        "say what their columns mean.",
        "Nothing was imported.",
    ]


def test_two_files_of_one_table_are_refused(importer):
    directory = importer.directory(customers=CUSTOMERS)
    (directory / "customers.csv.gz").write_bytes(gzip.compress(CUSTOMERS.encode()))
    with pytest.raises(CommandError, match=r"customers\.csv\.gz: .* as customers\.csv: take one"):
        call_command("import_shop", directory)
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    "content",
    [b"id\nc1\n", gzip.compress(b"id\n" + b"c1\n" * 9, mtime=0)[:-9]],
    ids=["not packed", "cut off"],
)
def test_a_damaged_packed_file_is_refused(tmp_path, db, content):
    (tmp_path / "customers.csv.gz").write_bytes(content)
    with pytest.raises(CommandError, match=r"customers\.csv:[12]: cannot be read"):
        call_command("import_shop", tmp_path)


def test_progress_tells_how_much_of_each_file_is_read(importer):
    told = []
    directory = importer.directory(customers=CUSTOMERS)
    import_shop(directory, progress=lambda *told_now: told.append(told_now))
    assert told == [("customers.csv", len(CUSTOMERS), len(CUSTOMERS))]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_imports_wait_for_each_other(tmp_path):
    importer = Importer(tmp_path)
    first = importer.directory(customers="id,email\n" + "".join(f"c{n},a\n" for n in range(500)))
    rows = [f"c{n},b\n" for n in reversed(range(500))]
    second = importer.directory(customers="id,email\n" + "".join(rows))
    failures = []

    def run(directory):
        try:
            import_shop(directory)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(one,)) for one in (first, second, first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Customer.objects.count() == 500
    assert Customer.objects.values("email").distinct().count() == 1


def test_the_wait_for_another_import_ends_with_the_import(importer):
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite has such a setting")
    before = Sql(connection).number("PRAGMA busy_timeout")
    importer(customers=CUSTOMERS)
    assert Sql(connection).number("PRAGMA busy_timeout") == before
