from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0038_product_created_at")]

    operations = [
        migrations.AddField(
            "keptresponse",
            "permissions",
            models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
    ]
