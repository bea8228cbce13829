"""The sources that a database knows, and the prefixes of their identifiers."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_noop as _

from core.clock import now
from core.database.named_locks import named_lock
from core.text.sentences import Sentence
from customers.guests import guest_number
from customers.imports.problems import ImportRefused
from customers.merging import merge_guest
from customers.models import Address, Customer, Order
from customers.models.identity.customer import CustomerKind
from integrations.shops.converting.conversion import WordedProblem
from integrations.shops.converting.scratch import Scratch
from integrations.shops.models import ShopSource

IS_PREFIX = re.compile(r"[A-Za-z0-9_]{0,32}").fullmatch
BATCH = 2_000
# The codes of the problems that another run is not over, and that a prefix is needed.
RUNNING, ASK_PREFIX = "running", "ask_prefix"
# The file of problems that concern no single file, and quote no cell.
WHOLE_IMPORT = "import"


def with_prefix(prefix: str, number: str) -> str:
    """Return a number of the source as it is stored; of "" what stored numbers begin with."""
    return f"{prefix}:{number}" if prefix else number


def refusal(
    text: str, /, file: str = WHOLE_IMPORT, code: str = "", **values: int | str | Sentence
) -> ImportRefused:
    """Return the refusal of an import in one sentence: a msgid and its values."""
    return ImportRefused([WordedProblem(file, None, "", code, "", Sentence(text, values))], 1)


def prefix_of(source: str, wanted: str | None) -> str:
    """Return the prefix of a source; `wanted` is what the person says, None: nothing.

    Raises ImportRefused for a second source without a prefix, and for another than the stored one.
    Imports ask again in their transaction, which waits for other imports: the first import of
    another source may have been committed since.
    """
    stored = ShopSource.objects.filter(name=source).first()
    if stored:
        if wanted is not None and wanted != stored.prefix:
            message = _("the identifiers of {source} are stored with the prefix “{prefix}”")
            raise refusal(message, source=source, prefix=stored.prefix)
        return str(stored.prefix)
    if wanted and (other := ShopSource.objects.filter(prefix=wanted).first()):
        message = _("the prefix “{prefix}” is that of {source}: choose another one")
        raise refusal(message, code=ASK_PREFIX, prefix=wanted, source=other.name)
    if wanted is not None:
        return wanted
    others: str | Sentence = ", ".join(ShopSource.objects.values_list("name", flat=True))
    if not others and (Customer.objects.exists() or Order.objects.exists()):
        others = Sentence(_("another source"), {})
    if others:
        message = _(
            "the database has rows of {others}: say with --prefix P what stands before the"
            " identifiers of {source}, or with --prefix '' that equal ones are the same things"
        )
        raise refusal(message, code=ASK_PREFIX, others=others, source=source)
    return ""


@contextmanager
def exclusive_run(source: str) -> Iterator[None]:
    """Keep other runs of a source away during the block; their lock ends with their process.

    Raises ImportRefused where another run of this source is not over.
    """
    name = f"import of a shop {connection.settings_dict['NAME']} {source}"
    with named_lock(name) as is_ours:
        if not is_ours:
            raise refusal(_("another import of {source} is running"), code=RUNNING, source=source)
        yield


def note_source(source: str, prefix: str) -> ShopSource:
    """Store that rows of a source were imported, and return the source."""
    stored, _is_new = ShopSource.all_sources.get_or_create(name=source)
    stored.prefix, stored.last_import_at = prefix, now()
    stored.first_import_at = stored.first_import_at or stored.last_import_at
    stored.save(update_fields=["prefix", "first_import_at", "last_import_at"])
    return stored


def load_stored_customers(scratch: Scratch, prefix: str, *, has_accounts: bool = True) -> None:
    """Note the stored customers of the source with this prefix, and all guests.

    Without `has_accounts` only the guests are noted: the source itself knows all of its accounts.
    """
    if has_accounts:
        _load_accounts(scratch, prefix)
    guests = Customer.objects.filter(kind=CustomerKind.GUEST).order_by("pk")
    columns = ("external_id", "registered_at", "accepts_marketing")
    for number, *values in guests.values_list(*columns).iterator(chunk_size=BATCH):
        scratch.add_stored(number, *utc_texts(*values))


def source_accounts(prefix: str) -> QuerySet[Customer]:
    """Return the registered customers of the source with this prefix."""
    accounts = Customer.objects.filter(kind=CustomerKind.REGISTERED)
    others = [one for one in ShopSource.objects.values_list("prefix", flat=True) if one != prefix]
    if prefix:
        accounts = accounts.filter(external_id__startswith=with_prefix(prefix, ""))
    for other in filter(None, others):
        accounts = accounts.exclude(external_id__startswith=f"{other}:")
    return accounts


def _load_accounts(scratch: Scratch, prefix: str) -> None:
    start = with_prefix(prefix, "")
    columns = ("external_id", "registered_at", "accepts_marketing", "email", "website__code")
    rows = source_accounts(prefix).order_by("pk").values_list(*columns)
    for external_id, registered_at, accepts, email, website in rows.iterator(chunk_size=BATCH):
        number = external_id.removeprefix(start)
        scratch.add_account(number, email or "", "", website)
        scratch.add_stored(number, *utc_texts(registered_at, accepts))


def utc_texts(registered_at: datetime | None, accepts_marketing: bool | None) -> tuple[str, str]:
    """Return the two values as our files have them, the time in UTC."""
    at = str(registered_at.astimezone(UTC).replace(tzinfo=None)) if registered_at else ""
    return at, "" if accepts_marketing is None else str(accepts_marketing).lower()


def merge_known_guests(scratch: Scratch, prefix: str) -> int:
    """Merge each stored guest into the account that has the guest's e-mail; return how many."""
    guests = Customer.objects.filter(kind=CustomerKind.GUEST, external_id__startswith="guest-")
    merged = 0
    found = [
        (number, account)
        for number, email in guests.values_list("external_id", "email").iterator(chunk_size=BATCH)
        if email and number == guest_number(email) and (account := scratch.account_by_email(email))
    ]
    for number, account in found:
        merge_into_account(number, with_prefix(prefix, account))
        merged += 1
    return merged


def merge_into_account(guest: str, account: str) -> None:
    """Merge a guest into an account, both by their stored numbers.

    The guest's addresses, which are those of an order, go if the account has any: the next import
    of the same account would delete them, although nothing has changed in the shop.
    """
    if Address.objects.filter(customer__external_id=account).exists():
        Address.objects.filter(customer__external_id=guest).delete()
    merge_guest(guest, account)
