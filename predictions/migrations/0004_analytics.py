"""What analytics show of the last scoring; the next one fills it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("predictions", "0003_trained_models")]

    operations = [
        migrations.CreateModel(
            name="AnalyticsTable",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("view", models.CharField(max_length=32)),
                ("parameters", models.CharField(blank=True, max_length=100)),
                ("as_of", models.DateTimeField()),
                ("version", models.PositiveIntegerField()),
                ("data", models.JSONField()),
            ],
            options={
                "verbose_name": "analytics table",
                "verbose_name_plural": "Dashboard",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("view", "parameters"), name="analytics_table_unique"
                    )
                ],
            },
        ),
    ]
