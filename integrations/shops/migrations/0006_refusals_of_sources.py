from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("shops", "0005_cursor"),
    ]

    operations = [
        migrations.AlterField(
            model_name="sourcerow",
            name="kind",
            field=models.CharField(
                choices=[("customer", "customer"), ("cart", "cart"), ("refusal", "unsubscription")],
                max_length=8,
                verbose_name="kind",
            ),
        ),
    ]
