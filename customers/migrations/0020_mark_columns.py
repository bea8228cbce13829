from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0019_content_of_received_events"),
    ]

    operations = [
        migrations.AddField(
            model_name="dirtycustomer",
            name="source_columns",
            field=models.TextField(null=True),
        ),
    ]
