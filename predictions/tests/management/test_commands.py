"""What people and programs get on the command line."""

import csv
import io
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from pyarrow import parquet

from conditions.tests.examples.awkward_values import NOW
from customers.models import Customer
from predictions.features.feature import ValueKind
from predictions.features.table import SETS
from predictions.models import CustomerPrediction
from segments.editing.saving import create_segment
from segments.models import Membership
from segments.rules.definition import Definition


def printed(*words, **options):
    out, err = io.StringIO(), io.StringIO()
    call_command(*words, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def rows(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_all_sets_stand_beside_each_other(shop):
    text, _said = printed("export_features", as_of=NOW)
    (first, *_others) = rows(text)
    assert list(first) == ["id", *(f.name for one in SETS.values() for f in one.features)]


def test_only_what_is_asked_for_once_and_in_that_order(shop, tmp_path):
    file = tmp_path / "features.csv"
    words = ("--set", "activity", "--set", "rfm", "--set", "activity", "--as-of", NOW.isoformat())
    text, _said = printed("export_features", *words)
    names = [f.name for name in ("activity", "rfm") for f in SETS[name].features]
    assert text.partition("\n")[0] == ",".join(["id", *names])
    printed("export_features", *words, "--output", str(file))
    assert file.read_text() == text


def test_a_segment_is_a_population_of_its_own(shop):
    (first, second, *_others) = rows(printed("export_features", "--set", "rfm", as_of=NOW)[0])
    numbers = [first["id"], second["id"]]
    people = list(Customer.objects.filter(external_id__in=numbers))
    segment = create_segment(Definition("Two"), author=None).segment
    Membership.objects.bulk_create(
        Membership(segment=segment, customer=one, entered_at=NOW) for one in people
    )
    found = rows(printed("export_features", "--segment", segment.code, as_of=NOW)[0])
    assert [row["id"] for row in found] == numbers


@pytest.mark.once
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--set", "nonsense"], "unknown_set"),
        (["--segment", "nonsense"], "unknown_segment"),
        (["--as-of", "1800-01-01T00:00:00Z"], "no_sales"),
    ],
)
def test_what_is_refused_names_its_code_and_writes_nothing(db, tmp_path, words, code):
    file = tmp_path / "features.csv"
    file.write_text("as before")
    with pytest.raises(CommandError, match=code) as refusal:
        printed("export_features", *words, "--output", str(file))
    assert refusal.value.returncode == 1
    assert file.read_text() == "as before"


@pytest.mark.once
def test_an_export_that_breaks_off_leaves_what_was_there(shop, tmp_path, monkeypatch):
    file = tmp_path / "features.csv"
    file.write_text("as before")

    def broken(self):
        raise KeyboardInterrupt

    monkeypatch.setattr("predictions.history.columns.Quotients.cells", broken)
    with pytest.raises(KeyboardInterrupt):
        printed("export_features", "--output", str(file), as_of=NOW)
    assert file.read_text() == "as before"
    assert list(tmp_path.iterdir()) == [file]


def test_a_number_that_looks_like_a_formula_is_none(db, make_customer, make_order):
    make_order(make_customer("=1+1"), NOW)
    assert rows(printed("export_features", as_of=NOW)[0])[0]["id"] == "'=1+1"


def test_no_text_of_exported_scores_is_a_formula(db, make_customer):
    for number, rise in (("=1+1", "-0.5"), ("@SUM(1)", "0.25"), (" -2", None), ("A", None)):
        CustomerPrediction.objects.create(
            customer=make_customer(number), journey_stage="=stage", churn_risk_rise=rise
        )
    found = rows(printed("export_scores")[0])
    assert [one["id"] for one in found] == ["'=1+1", "'@SUM(1)", "' -2", "A"]
    assert {one["journey_stage"] for one in found} == {"'=stage"}
    # Numbers are what they are.
    assert [one["churn_risk_rise"] for one in found] == ["-0.5000", "0.2500", "", ""]


def test_cohorts_are_a_table_with_empty_cells_for_what_is_to_come(db, make_customer, make_order):
    for number, days in (("A", 60), ("B", 0)):
        make_order(make_customer(number), NOW - timedelta(days=days))
    make_order(Customer.objects.get(external_id="A"), NOW, grand_total="12.5")
    text, said = printed("cohorts", as_of=NOW)
    assert text == "cohort,0,1,2\n2024-01,1,0,1\n2024-03,1,,\n"
    assert said.startswith("Not over at 2024-03-10") and said.endswith("2024-03.\n")
    text, _said = printed("cohorts", "--value", "cumulative_sales", as_of=NOW)
    assert text == "cohort,0,1,2\n2024-01,10.0000,10.0000,22.5000\n2024-03,10.0000,,\n"
    text, _said = printed("cohorts", "--value", "retention", "--by", "week", as_of=NOW)
    assert text.splitlines()[1:] == [
        "2024-01-08,1.0000" + ",0.0000" * 7 + ",1.0000",
        "2024-03-04,1.0000" + "," * 8,
    ]


def test_an_impossible_date_is_a_note_of_cohorts(db, make_customer, make_order):
    make_order(make_customer("A"), datetime(1, 1, 1, tzinfo=UTC))
    make_order(make_customer("B"), NOW)
    text, said = printed("cohorts", as_of=NOW)
    assert text == "cohort,0\n2024-03,1\n"
    assert "Left out: 1 cohort that began more than 50 years ago." in said


@pytest.mark.once
def test_parquet_has_the_cells_of_csv(shop, tmp_path, monkeypatch):
    # Two groups of rows.
    monkeypatch.setattr("predictions.features.parquet.ROWS", 20)
    file = tmp_path / "features.parquet"
    printed("export_features", "--format", "parquet", "--output", str(file), as_of=NOW)
    table = parquet.read_table(file)
    kinds = {one.name: one.kind for each in SETS.values() for one in each.features}
    types = {ValueKind.WHOLE: "int64", ValueKind.NUMBER: "double", ValueKind.CODE: "string"}
    assert {one.name: str(one.type) for one in table.schema} == {
        "id": "string",
        **{name: types[kind] for name, kind in kinds.items()},
    }
    expected = rows(printed("export_features", as_of=NOW)[0])
    found = table.to_pylist()
    assert [row["id"] for row in found] == [row["id"] for row in expected]
    for row, cells in zip(found, expected, strict=True):
        for name, kind in kinds.items():
            cell = cells[name]
            value = None if cell == "" else cell if kind is ValueKind.CODE else float(cell)
            assert row[name] == value, name


def test_parquet_of_nobody_is_a_table_without_rows(db, make_customer, make_order, tmp_path):
    customer = make_customer("A")
    make_order(customer, NOW)
    Customer.objects.filter(pk=customer.pk).update(is_active=False)
    file = tmp_path / "features.parquet"
    printed("export_features", "--format", "parquet", "--output", str(file), as_of=NOW)
    assert parquet.read_table(file).num_rows == 0


@pytest.mark.once
def test_without_pyarrow_parquet_is_refused_and_csv_is_not(shop, tmp_path, monkeypatch):
    monkeypatch.setattr("predictions.features.parquet.find_spec", lambda name: None)
    file = tmp_path / "features.parquet"
    with pytest.raises(CommandError, match="no_pyarrow: .*bin/prepare parquet"):
        printed("export_features", "--format", "parquet", "--output", str(file), as_of=NOW)
    assert not file.exists()
    assert printed("export_features", as_of=NOW)[0]


@pytest.mark.once
@pytest.mark.exhaustive
def test_the_command_imports_no_pyarrow_for_csv():
    program = (
        "import django; django.setup(); import sys;"
        "import predictions.management.commands.export_features;"
        "assert not {'pyarrow', 'scipy', 'sklearn', 'skops'} & set(sys.modules)"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "segmentation_site.settings"}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)
