"""Names that an event carries: its own, that of the thing it is about, those of customers."""

from customers.events.reading import Event, Row
from customers.events.receiving.received import name_of
from customers.privacy.erased import name_of_order
from customers.privacy.shop_data import NAMED_BY_CUSTOMER


def event_name(event: Event) -> str:
    """Return the permanent name of the event: its type and id."""
    return name_of(event.name, event.id)


def number_column(event: Event) -> str:
    """Return the column that has the number of the thing."""
    table = event.type.table
    return table.columns[0] if table is not None else event.type.numbers[0]


def is_named_by_customer(event: Event) -> bool:
    """Return whether the thing has the number of its customer."""
    return event.type.thing in NAMED_BY_CUSTOMER


def customers_of(event: Event, row: Row) -> set[str]:
    """Return the numbers by which an event names customers."""
    if event.type.table is not None:
        number = row[event.type.table.customer]
        return set() if number is None else {number}
    return set() if event.type.thing == "cart" else {row[one] for one in event.type.numbers}


def owners_of(event: Event, row: Row) -> set[str]:
    """Return the numbers that tie an event to customers: their own, and that of their order."""
    orders = {name_of_order(row["number"])} if event.name == "order.saved" else set()
    return customers_of(event, row) | orders
