from django.db import migrations, models

from core.database.index_operations import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("price_rules", "0004_plain_words"),
    ]

    operations = [
        AddIndexBesideWriters(
            model_name="reservation",
            index=models.Index(fields=["order"], name="reservation_order_idx"),
        ),
    ]
