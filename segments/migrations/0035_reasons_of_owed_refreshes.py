from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("segments", "0034_segments_that_compare_customers"),
    ]

    operations = [
        migrations.AddField(
            model_name="owedrefresh",
            name="reason",
            field=models.CharField(
                choices=[
                    ("refresh", "refresh"),
                    ("event", "shop event"),
                    ("score", "scores changed"),
                    ("time", "time passed"),
                    ("manual", "by hand"),
                    ("definition", "new definition"),
                ],
                db_default="refresh",
                default="refresh",
                max_length=16,
            ),
        ),
    ]
