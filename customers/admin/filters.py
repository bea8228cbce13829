"""Filters by website and store, and what other apps add to the list of customers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import RelatedFieldListFilter, SimpleListFilter
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest

from core.access.website_limits import websites_of
from core.registries import Registry, dotted_name
from customers.models import Website


class OwnWebsitesFilter(RelatedFieldListFilter):
    """Rows of a website or a store; offers only those that the reader's limit to websites allows.

    The filtered column refers to `Website` or to a model with a `website`.
    """

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        limit = websites_of(request.user)
        path = "pk" if field.related_model is Website else "website"
        return field.get_choices(
            include_blank=False,
            ordering=self.field_admin_ordering(field, request, model_admin),
            limit_choices_to=None if limit is None else {f"{path}__in": sorted(limit)},
        )


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
