from django.db import migrations, models
from django.db.models.deletion import CASCADE

from core.database.index_operations import (
    DropFieldIndexBesideWriters,
    DropPrefixIndexesBesideWriters,
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("personalization", "0022_places_in_the_shop")]

    operations = [
        DropFieldIndexBesideWriters(
            "experiencevariant",
            "placement",
            models.ForeignKey(
                "personalization.placement",
                CASCADE,
                related_name="variants",
                db_index=False,
                verbose_name="place in the shop",
            ),
        ),
        DropFieldIndexBesideWriters(
            "storedcandidates",
            "customer",
            models.ForeignKey(
                "customers.customer",
                CASCADE,
                related_name="+",
                db_index=False,
                verbose_name="customer",
            ),
        ),
        DropPrefixIndexesBesideWriters("behaviorproperty", "key"),
        DropPrefixIndexesBesideWriters("trackingsite", "key"),
    ]
