"""Export targets: files for other programs, each with columns and members of its own."""

import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.access.personal import Kind, kind_of
from core.registries import Registry
from core.text.formulas import guard_formula
from customers.models import Address
from customers.models.identity.customer import CustomerKind
from segments.export.columns import ROWS_PER_READ
from segments.export.formats.csv_lines import csv_line
from segments.export.mail import mailable
from segments.models import Membership, Segment

MAILABLE = _("members who may get mail")
E164 = re.compile(r"\+[0-9]{8,15}")
# A customer's main address: the default billing address, else the shipping one, else the oldest.
_ADDRESSES = Address.objects.filter(customer=OuterRef("customer_id")).order_by(
    "-is_default_billing", "-is_default_shipping", "pk"
)


@dataclass(frozen=True)
class TargetColumn:
    """A column: its head, its path from Membership, and the function that formats its values."""

    head: str
    path: str
    write: Callable[[Any], str] = str
    source: Subquery | None = None
    # Phone numbers begin with “+” and need no guard against formulas.
    is_guarded: bool = True

    @property
    def expression(self) -> F | Subquery:
        return self.source or F(self.path)

    @property
    def is_private(self) -> bool:
        return kind_of(Membership, self.path) is Kind.PRIVATE


# Yields the values of expressions on Membership for each member of the file. Further texts after
# these values are already in the program's column; they are written before the segment's code.
Rows = Callable[[QuerySet[Membership], dict[str, F | Subquery]], Iterator[tuple[Any, ...]]]


@dataclass(frozen=True)
class Target:
    """A program that reads files of members.

    The last column, `segments`, contains the code of the segment. `rows` chooses the members;
    `takes` describes them, `way_back` how the program reads the file.
    """

    name: str
    label: str
    columns: tuple[TargetColumn, ...]
    segments: str
    rows: Rows = mailable
    takes: str | Promise = MAILABLE
    way_back: str | Promise = ""

    def head(self) -> bytes:
        """Return the header line."""
        return csv_line([*(column.head for column in self.columns), self.segments])

    def lines(
        self,
        segment: Segment,
        members: QuerySet[Membership],
        *,
        with_private: bool,
        raw: bool,
    ) -> Generator[bytes, None, None]:
        """Yield a line for each of `members` (of `segment`) that `rows` chooses.

        Without `with_private`, columns more personal than e-mail and name stay empty.
        """
        is_shown = [with_private or not column.is_private for column in self.columns]
        sources = {f"c{index}": one.expression for index, one in enumerate(self.columns)}
        for values in self.rows(members, sources):
            own, further = values[: len(self.columns)], values[len(self.columns) :]
            cells = [
                "" if value is None or not shown else _cell(column, value, raw=raw)
                for column, value, shown in zip(self.columns, own, is_shown, strict=True)
            ]
            codes = ",".join([*(text for text in further if text != segment.code), segment.code])
            yield csv_line([*cells, codes if raw else guard_formula(codes)])


def accounts_with_address(
    members: QuerySet[Membership], sources: dict[str, F | Subquery]
) -> Iterator[tuple[Any, ...]]:
    """Yield `sources` for each registered one of `members` with an address, for import by a shop.

    Shops identify accounts by address and website, so of several accounts with the same address in
    a website only the oldest is yielded.
    """
    accounts = members.exclude(customer__mailbox="").filter(customer__kind=CustomerKind.REGISTERED)
    older = accounts.order_by().filter(
        customer__mailbox=OuterRef("customer__mailbox"),
        customer__website=OuterRef("customer__website"),
        customer__lt=OuterRef("customer"),
    )
    asked = accounts.filter(~Exists(older)).annotate(**sources).values_list(*sources)
    yield from asked.iterator(chunk_size=ROWS_PER_READ)


def _cell(column: TargetColumn, value: Any, *, raw: bool) -> str:
    text = column.write(value)
    return guard_formula(text) if column.is_guarded and not raw else text


def _phone(telephone: str) -> str:
    return telephone if E164.fullmatch(telephone) else ""


def _of_address(head: str, column: str, **options: Any) -> TargetColumn:
    source = Subquery(_ADDRESSES.values(column)[:1])
    return TargetColumn(head, f"customer__addresses__{column}", source=source, **options)


def _name(email: str, first: str, last: str) -> tuple[TargetColumn, ...]:
    return (
        TargetColumn(email, "customer__email"),
        TargetColumn(first, "customer__first_name"),
        TargetColumn(last, "customer__last_name"),
    )


TARGETS: Registry[Target] = Registry("target of exports")
for target in (
    Target(
        "mailchimp",
        "Mailchimp",
        (
            *_name("Email Address", "First Name", "Last Name"),
            TargetColumn("Birthday", "customer__date_of_birth", "{:%m/%d}".format),
        ),
        "Tags",
    ),
    Target(
        "klaviyo",
        "Klaviyo",
        (
            *_name("Email", "First Name", "Last Name"),
            _of_address("Phone Number", "telephone", write=_phone, is_guarded=False),
            TargetColumn("External ID", "customer__external_id"),
            _of_address("Country", "country"),
        ),
        "Tranche Segments",
    ),
    Target(
        "brevo",
        "Brevo",
        (
            *_name("EMAIL", "FIRSTNAME", "LASTNAME"),
            TargetColumn("EXT_ID", "customer__external_id"),
        ),
        "TRANCHE_SEGMENTS",
    ),
):
    TARGETS.register(target)
