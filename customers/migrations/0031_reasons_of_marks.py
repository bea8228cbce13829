from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0030_orders_with_several_coupons"),
    ]

    operations = [
        migrations.AlterField(
            model_name="dirtycustomer",
            name="reason",
            field=models.CharField(
                choices=[
                    ("event", "Event"),
                    ("score", "Score"),
                    ("time", "Time"),
                    ("manual", "Manual"),
                    ("definition", "Definition"),
                ],
                max_length=16,
            ),
        ),
    ]
