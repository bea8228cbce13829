from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("shops", "0009_fewer_indexes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="sourcerow",
            name="kind",
            field=models.CharField(
                choices=[
                    ("customer", "customer"),
                    ("cart", "cart"),
                    ("refusal", "unsubscription"),
                    ("refund", "refund"),
                ],
                max_length=8,
                verbose_name="kind",
            ),
        ),
    ]
