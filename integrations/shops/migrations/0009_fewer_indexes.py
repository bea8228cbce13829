from django.db import migrations, models
from django.db.models.deletion import CASCADE

from core.database.index_operations import (
    DropFieldIndexBesideWriters,
    DropPrefixIndexesBesideWriters,
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("shops", "0008_sources_without_imports")]

    operations = [
        DropFieldIndexBesideWriters(
            "syncstate",
            "source",
            models.ForeignKey("shops.shopsource", CASCADE, db_index=False, verbose_name="source"),
        ),
        DropPrefixIndexesBesideWriters("shopsource", "name"),
    ]
