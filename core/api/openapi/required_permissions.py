"""The permissions that calls of the API require."""

from core.access.personal import PERMISSION
from core.api.endpoint import Endpoint
from core.api.routes.addresses import addresses


def permissions_of_calls() -> set[str]:
    """Return them as "app.codename", with those by which an answer shows more."""
    found = {PERMISSION, "customers.view_order", "segments.export_raw_members"}
    for address in addresses():
        if issubclass(address.view, Endpoint):
            for operation in address.view.operations.values():
                found.update(operation.needs)
    return found
