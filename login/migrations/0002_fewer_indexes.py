from django.db import migrations

from core.database.index_operations import DropPrefixIndexesBesideWriters


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("login", "0001_initial")]

    operations = [
        DropPrefixIndexesBesideWriters("factor", "credential"),
        DropPrefixIndexesBesideWriters("samlrequest", "request_id"),
    ]
