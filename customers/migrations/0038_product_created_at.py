from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0037_drop_process_capacity")]

    operations = [
        migrations.AddField(
            "product",
            "created_at",
            models.DateTimeField(blank=True, null=True, verbose_name="created"),
        ),
    ]
