"""Migrations as Django writes them: judged by the SQL that PostgreSQL would get."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from core.database.upgrades.judging import Judge
from customers.management.commands import check_migrations
from customers.tests.upgrades.packages import write_package

FILES = {
    "0002_expands": """---
    atomic = False
    operations = [
        migrations.CreateModel("New", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddField("New", "of", models.ForeignKey("customers.Store", models.CASCADE)),
        migrations.RunSQL("ALTER TABLE customers_order ADD COLUMN x integer NULL"),
    ]
""",
    "0003_does_more": """
def fill(apps, schema_editor):
    apps.get_model("customers", "Order").objects.update(number="")
def fill_new(apps, schema_editor):
    apps.get_model("conditions", "New").objects.all().delete()
---
    operations = [
        migrations.RunPython(fill),
        migrations.RunPython(fill_new),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL("DROP TABLE customers_order")]
        ),
    ]
""",
    "0004_in_batches": """
SIZE = 10_000
def fill(apps, schema_editor):
    while rows := apps.get_model("customers", "Order").objects.filter(pk__gt=0)[:SIZE]:
        rows.update(number="")
---
    atomic = False
    operations = [migrations.RunPython(fill, atomic=False)]
""",
    "0005_drops": """---
    contract = "1.4"
    operations = [
        migrations.RunSQL("ALTER TABLE customers_order DROP COLUMN x"),
        migrations.RunSQL("CREATE INDEX y ON customers_order (id)"),
    ]
""",
    "0006_offline": """---
    offline = "the type of a key changes"
    operations = [migrations.RunSQL("ALTER TABLE customers_order ALTER COLUMN id TYPE bigint")]
""",
}


@pytest.fixture
def judge(tmp_path, monkeypatch, settings):
    write_package(tmp_path, FILES, monkeypatch, settings)
    return Judge(check_migrations._released())


def test_only_what_is_declared_as_less_is_refused(judge, tmp_path, monkeypatch):
    monkeypatch.setattr(check_migrations, "Judge", lambda released: judge)
    lines, file = StringIO(), tmp_path / "refused.json"
    with pytest.raises(CommandError) as refused:
        call_command("check_migrations", "conditions", "--json", str(file), stdout=lines)
    assert refused.value.returncode == 1
    document = json.loads(file.read_text())
    found = [
        (one["migration"][11:15], one["operation"], one["code"]) for one in document["refused"]
    ]
    assert found == [
        ("0003", 1, "data_in_transaction"),
        ("0003", 3, "drops"),
        ("0005", 2, "index_not_concurrent"),
    ]
    assert lines.getvalue().splitlines()[2] == (
        "conditions.0005_drops: operation 2: CREATE INDEX without CONCURRENTLY on customers_order"
        " (locks writing)"
    )


def test_an_unknown_app_is_wrong_usage():
    with pytest.raises(CommandError) as refused:
        call_command("check_migrations", "nothing")
    assert refused.value.returncode == 2
