from django.db import migrations

from core.database.index_operations import DropPrefixIndexesBesideWriters


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("segments", "0039_website_limits")]

    operations = [
        DropPrefixIndexesBesideWriters("export", "token"),
        DropPrefixIndexesBesideWriters("kepttotals", "name"),
        DropPrefixIndexesBesideWriters("managedsegment", "project"),
        DropPrefixIndexesBesideWriters("watermark", "name"),
        DropPrefixIndexesBesideWriters("webhookdelivery", "message_id"),
        DropPrefixIndexesBesideWriters("worker", "name"),
    ]
