from django.db import migrations, models

NONE = models.Value([], models.JSONField())


class Migration(migrations.Migration):
    dependencies = [("customers", "0041_fewer_prefix_indexes")]

    operations = [
        # The column takes NULL before it loses its default: old code inserts rows without it.
        migrations.AlterField(
            "keptresponse",
            "permissions",
            models.JSONField(db_default=NONE, default=list, null=True),
        ),
        # NULL in rows of a release that notes no permissions.
        migrations.AlterField("keptresponse", "permissions", models.JSONField(null=True)),
    ]
