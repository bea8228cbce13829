from django.db import migrations

from core.database.index_operations import DropPrefixIndexesBesideWriters


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("campaigns", "0020_plain_reason")]

    operations = [
        DropPrefixIndexesBesideWriters("message", "external_id", "message_id", "token_hash"),
        DropPrefixIndexesBesideWriters("reportedevent", "hash"),
        DropPrefixIndexesBesideWriters("suppression", "address_hash"),
    ]
