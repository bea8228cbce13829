from django.db import migrations, models
from django.db.models.deletion import CASCADE

from core.database.index_operations import DropFieldIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("alerts", "0002_reached_readers")]

    operations = [
        DropFieldIndexBesideWriters(
            "alert",
            "segment",
            models.ForeignKey(
                "segments.segment",
                CASCADE,
                null=True,
                related_name="alerts",
                db_index=False,
                verbose_name="segment",
            ),
        ),
    ]
