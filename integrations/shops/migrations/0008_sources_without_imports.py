from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("shops", "0007_times_of_refusals"),
    ]

    operations = [
        migrations.AlterField(
            model_name="shopsource",
            name="first_import_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="first import"),
        ),
        migrations.AlterField(
            model_name="shopsource",
            name="last_import_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="last import"),
        ),
    ]
