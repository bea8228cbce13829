from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("segments", "0005_leases_and_live_changes")]

    operations = [
        migrations.AddField(
            model_name="runningpreview",
            name="server",
            field=models.CharField(default="default", max_length=32),
        ),
    ]
