from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0038_product_created_at")]

    operations = [
        # NULL in rows of the release before, which notes no permissions.
        migrations.AddField("keptresponse", "permissions", models.JSONField(null=True)),
    ]
