from django.db import migrations

BATCH = 2_000


def forget_permissions(apps, schema_editor):
    """Store for responses without permissions that these are unknown.

    A response may be of the release before 0039, which noted none: the column gave it [].
    """
    alias = schema_editor.connection.alias
    responses = apps.get_model("customers", "KeptResponse").objects.using(alias)
    while numbers := [*responses.filter(permissions=[]).values_list("pk", flat=True)[:BATCH]]:
        responses.filter(pk__in=numbers).update(permissions=None)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("customers", "0042_permissions_may_be_unknown")]

    operations = [
        migrations.RunPython(forget_permissions, migrations.RunPython.noop, atomic=False),
    ]
