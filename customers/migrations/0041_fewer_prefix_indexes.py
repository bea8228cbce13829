from django.db import migrations

from core.database.index_operations import DropPrefixIndexesBesideWriters


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("customers", "0040_fewer_indexes")]

    operations = [
        DropPrefixIndexesBesideWriters("apitoken", "key_hash"),
        DropPrefixIndexesBesideWriters("cart", "external_id"),
        DropPrefixIndexesBesideWriters("customermerge", "guest_external_id"),
        DropPrefixIndexesBesideWriters("erasednumber", "hash"),
        DropPrefixIndexesBesideWriters("keptresponse", "call"),
        DropPrefixIndexesBesideWriters("process", "name"),
        DropPrefixIndexesBesideWriters("product", "sku"),
        DropPrefixIndexesBesideWriters("receivedevent", "hash"),
        DropPrefixIndexesBesideWriters("refund", "number"),
        DropPrefixIndexesBesideWriters("snapshot", "location"),
    ]
