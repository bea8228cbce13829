from django.db import migrations


class Migration(migrations.Migration):
    # No release has used the table: 0034 makes it, and a process notes its slots in its own row.
    dependencies = [
        ("customers", "0036_capacity_of_processes"),
    ]

    operations = [
        migrations.DeleteModel("ProcessCapacity"),
    ]
