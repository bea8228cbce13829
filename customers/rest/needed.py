"""Which permissions the calls of the API ask for."""

from customers.personal import PERMISSION
from customers.rest.addresses import addresses
from customers.rest.endpoint import Endpoint


def permissions_of_calls() -> set[str]:
    """Return them as "app.codename", with those by which an answer shows more."""
    found = {PERMISSION, "customers.view_order", "segments.export_raw_members"}
    for address in addresses():
        if issubclass(address.view, Endpoint):
            for operation in address.view.operations.values():
                found.update(operation.needs)
    return found
