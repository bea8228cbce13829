from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="alertmessage",
            name="reached",
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
    ]
