from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("personalization", "0020_sequence_candidates")]

    operations = [
        migrations.AddField("sequencefit", "lease_expires_at", models.DateTimeField(null=True)),
    ]
