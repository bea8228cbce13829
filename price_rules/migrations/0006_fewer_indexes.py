from django.db import migrations, models
from django.db.models.deletion import CASCADE

from core.database.index_operations import DropFieldIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("price_rules", "0005_index_of_reserved_orders")]

    operations = [
        DropFieldIndexBesideWriters(
            "reservation",
            "coupon",
            models.ForeignKey(
                "price_rules.coupon",
                CASCADE,
                related_name="reservations",
                db_index=False,
                verbose_name="coupon",
            ),
        ),
    ]
