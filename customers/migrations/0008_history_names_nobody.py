import json

from django.db import migrations

# What stands where an address was named by its street.
UNNAMED = "–"


def forget_names(apps, schema_editor):
    """Take names and addresses out of what the admin noted of edits of customers so far.

    The pages of a customer's history, and each user's latest deeds, show it to those as well who
    may not see personal data. From now on customers are noted by their number.
    """
    database = schema_editor.connection.alias
    LogEntry = apps.get_model("admin", "LogEntry")
    Customer = apps.get_model("customers", "Customer")
    entries = LogEntry.objects.using(database).filter(
        content_type__app_label="customers", content_type__model="customer"
    )
    for entry in entries.iterator():
        number = entry.object_id if (entry.object_id or "").isdigit() else None
        rows = Customer.objects.using(database).filter(pk=number)
        known = rows.values_list("external_id", flat=True).first()
        entry.object_repr = known or entry.object_id or ""
        entry.change_message = without_names(entry.change_message)
        entry.save(update_fields=["object_repr", "change_message"])


def without_names(message):
    try:
        deeds = json.loads(message)
    except ValueError:
        return ""
    for deed in deeds if isinstance(deeds, list) else []:
        for said in deed.values():
            if "object" in said:
                said["object"] = UNNAMED
    return json.dumps(deeds)


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0007_rollup"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(forget_names, migrations.RunPython.noop, elidable=True)]
