from django.db import migrations, models
from django.db.models.deletion import CASCADE

from core.database.index_operations import (
    DropFieldIndexBesideWriters,
    DropPrefixIndexesBesideWriters,
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("predictions", "0016_analytics_tables")]

    operations = [
        DropFieldIndexBesideWriters(
            "clustername",
            "model",
            models.ForeignKey(
                "predictions.predictionmodel",
                CASCADE,
                related_name="cluster_names",
                db_index=False,
                verbose_name="model",
            ),
        ),
        DropFieldIndexBesideWriters(
            "modelversion",
            "model",
            models.ForeignKey(
                "predictions.predictionmodel",
                CASCADE,
                related_name="versions",
                db_index=False,
                verbose_name="model",
            ),
        ),
        DropFieldIndexBesideWriters(
            "notice",
            "model",
            models.ForeignKey(
                "predictions.predictionmodel",
                CASCADE,
                related_name="notices",
                db_index=False,
                verbose_name="model",
            ),
        ),
        DropPrefixIndexesBesideWriters("strategy", "name"),
    ]
