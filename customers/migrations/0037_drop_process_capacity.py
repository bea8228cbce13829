from django.db import migrations


class Migration(migrations.Migration):
    # Since then a process notes its slots in its own row of processes.
    contract = "0.2"

    dependencies = [
        ("customers", "0036_capacity_of_processes"),
    ]

    operations = [
        migrations.DeleteModel("ProcessCapacity"),
    ]
