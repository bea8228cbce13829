from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("segments", "0033_stays")]

    operations = [
        migrations.AddField(
            model_name="segment",
            name="compares_customers",
            field=models.BooleanField(default=False, editable=False),
        ),
    ]
