"""What other apps add to the list of customers: filters, and what to do with a filtered list."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.admin import SimpleListFilter
from django.contrib.auth.models import AnonymousUser, User

from core.registries import Registry, dotted_name


@dataclass(frozen=True)
class CustomerFilter:
    """A filter of the list, for users with all `permissions`."""

    name: str
    filter: type[SimpleListFilter]
    permissions: Sequence[str] = ()


CUSTOMER_FILTERS: Registry[CustomerFilter] = Registry("filter of customers")


@dataclass(frozen=True)
class ListStep:
    """A link to what can be done with the filtered list; without a URL, why it cannot be done."""

    text: str
    url: str = ""


# Return the step for a user, the filters of the address, and what is searched for; None for none.
StepOfList = Callable[[User | AnonymousUser, Mapping[str, Sequence[str]], str], ListStep | None]

LIST_STEPS: Registry[StepOfList] = Registry("step of the list of customers", dotted_name)
