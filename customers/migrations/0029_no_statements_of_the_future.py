"""Dates what has been said in the future: a refusal of 2099 would outlast every consent."""

from datetime import UTC, datetime
from typing import Any

from django.db import migrations

from core.clock import now

UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


def fill(apps: Any, schema_editor: Any) -> None:
    """Date refusals and merges of the future now, and consents as without a time."""
    alias, at = schema_editor.connection.alias, now()

    def later(model: str, moment: str) -> Any:
        rows = apps.get_model("customers", model)._base_manager.using(alias)
        return rows.filter(**{f"{moment}__gt": at})

    subscriptions = later("NewsletterSubscription", "status_changed_at")
    subscriptions.filter(status="subscribed").update(status_changed_at=UNDATED)
    subscriptions.update(status_changed_at=at)
    later("Customer", "refused_marketing_at").update(refused_marketing_at=at)
    later("CustomerMerge", "at").update(at=at)


class Migration(migrations.Migration):
    """Statements of the future are dated as `customers.models.identity.newsletter` dates them since."""

    dependencies = [("customers", "0028_import_permission")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
