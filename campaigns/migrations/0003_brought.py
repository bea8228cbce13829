import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0002_sequences"),
        ("customers", "0019_content_of_received_events"),
    ]

    operations = [
        migrations.CreateModel(
            name="HeldOut",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="campaigns.campaign",
                        verbose_name="campaign",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "held-out customer",
                "verbose_name_plural": "held-out customers",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "customer"), name="held_out_once")
                ],
            },
        ),
    ]
