from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0035_website_limits"),
    ]

    operations = [
        migrations.AddField("process", "queues", models.TextField(default="", db_default="")),
        migrations.AddField("process", "slots", models.IntegerField(default=0, db_default=0)),
        migrations.AddField("process", "busy", models.IntegerField(default=0, db_default=0)),
    ]
