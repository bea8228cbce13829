"""Customers and their addresses, tags, custom attributes and log-ins."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, models, router, transaction
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from core.access.personal import Personal
from core.clock import now
from core.database.fields import FoldedTextField, FoldingModel, FoldingQuerySet
from core.text.folding import email_domain, folded_address
from customers.models.attribute import AttributeDefinition, AttributeValue
from customers.models.shop import CustomerGroup, Store, Website
from customers.signals import mailboxes_left


class CustomerKind(models.TextChoices):
    """Whether a customer has an account."""

    REGISTERED = "registered", _("registered")
    GUEST = "guest", _("guest")


# Fields that describe a refusal, which itself is `accepts_marketing`.
OF_REFUSAL = ("refused_marketing_at", "is_refusal_of_file")


class CustomerQuerySet(FoldingQuerySet):
    """A query set that announces mailboxes which customers leave (`customers.signals`)."""

    def with_mailbox(self, mailbox: Any) -> "CustomerQuerySet":
        """Return the customers with a folded address (`mailbox`, or an expression); none for ""."""
        return self.filter(mailbox=mailbox).exclude(mailbox="")

    def sharing_mailbox(self, customer: "Customer") -> "CustomerQuerySet":
        """Return `customer` and every other customer with the same mailbox."""
        return self.filter(pk=customer.pk) | self.with_mailbox(customer.mailbox)

    def update(self, **kwargs: Any) -> int:
        if "accepts_marketing" in kwargs and "refused_marketing_at" not in kwargs:
            is_refusal = kwargs["accepts_marketing"] is False
            noted_at = Coalesce("refused_marketing_at", Value(now())) if is_refusal else None
            kwargs |= {"refused_marketing_at": noted_at, "is_refusal_of_file": False}
        # `bulk_update` passes expressions, and has announced the mailboxes itself.
        if isinstance(email := kwargs.get("email", ...), str | None):
            leaving = self.exclude(mailbox__in=["", folded_address(email)])
            with transaction.atomic(using=self.db, savepoint=False):
                announce_left(list(leaving.values_list("pk", flat=True)), using=self.db)
                return super().update(**kwargs)
        return super().update(**kwargs)

    def bulk_update(
        self, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        rows, names = list(objs), list(fields)
        if "accepts_marketing" in names:
            names = _with_dated_refusals(rows, names)
        with transaction.atomic(using=self.db, savepoint=False):
            if "email" in names:
                announce_left([one.pk for one in rows if one.leaves_mailbox], using=self.db)
            return super().bulk_update(rows, names, batch_size)

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        rows = list(objs)
        if (names := kwargs.get("update_fields")) and "accepts_marketing" in names:
            kwargs["update_fields"] = _with_dated_refusals(rows, list(names))
        else:
            _with_dated_refusals(rows, [])
        with transaction.atomic(using=self.db, savepoint=False):
            if "email" in (kwargs.get("update_fields") or ()):
                announce_left([one.pk for one in rows if one.leaves_mailbox], using=self.db)
            return super().bulk_create(rows, *args, **kwargs)


def _with_dated_refusals(rows: Iterable[Any], names: list[str]) -> list[str]:
    """Date the refusals of `rows`; return `names` of columns to write with that of the time."""
    for row in rows:
        row.date_refusal()
    return list(dict.fromkeys([*names, *OF_REFUSAL]))


def announce_left(customers: Sequence[int], *, using: str) -> None:
    """Announce that the customers with these keys are about to get another mailbox.

    Other databases than the default one announce nothing, since no mail is sent from them.
    """
    if customers and using == DEFAULT_DB_ALIAS:
        mailboxes_left.send(Customer, customers=customers)


class Customer(FoldingModel):
    """Someone who shops: a registered customer, or a guest known by an opaque id.

    `external_id` is the shop's own identifier, shown everywhere; `id` is only the order of lists.
    """

    personal = Personal(
        names=("email", "first_name", "last_name"), private=("gender", "date_of_birth")
    )

    external_id = models.CharField(_("customer number"), max_length=64, unique=True)
    external_id_folded = FoldedTextField("external_id")
    kind = models.CharField(
        _("kind"), max_length=16, choices=CustomerKind.choices, default=CustomerKind.REGISTERED
    )
    email = models.CharField(_("email"), max_length=255, blank=True, null=True, default="")
    email_folded = FoldedTextField("email")
    email_domain_folded = FoldedTextField("email", part=email_domain)
    # Customers with the same mailbox are one recipient of mail.
    mailbox = FoldedTextField("email", part=folded_address)
    first_name = models.CharField(
        _("first name"), max_length=255, blank=True, null=True, default=""
    )
    first_name_folded = FoldedTextField("first_name")
    last_name = models.CharField(_("last name"), max_length=255, blank=True, null=True, default="")
    last_name_folded = FoldedTextField("last_name")
    gender = models.CharField(_("gender"), max_length=64, blank=True, null=True, default="")
    date_of_birth = models.DateField(_("date of birth"), null=True, blank=True)
    group = models.ForeignKey(
        CustomerGroup, models.PROTECT, related_name="customers", verbose_name=_("group")
    )
    website = models.ForeignKey(
        Website, models.PROTECT, related_name="customers", verbose_name=_("website")
    )
    store = models.ForeignKey(
        Store, models.PROTECT, related_name="customers", verbose_name=_("account created in")
    )
    registered_at = models.DateTimeField(_("customer since"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    accepts_marketing = models.BooleanField(_("accepts marketing"), null=True, blank=True)
    # When the customer refused; where that is not known, when the refusal was noted. Only a later
    # consent with a time undoes the refusal, see `say_marketing`.
    refused_marketing_at = models.DateTimeField(null=True, editable=False)
    # Whether only files have reported the refusal: then the shop's next file may undo it.
    is_refusal_of_file = models.BooleanField(default=False, db_default=False, editable=False)

    objects = CustomerQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        indexes = [
            models.Index(fields=["external_id_folded"], name="customer_number_idx"),
            models.Index(fields=["email_folded"], name="customer_email_idx"),
            models.Index(fields=["mailbox"], name="customer_mailbox_idx"),
            models.Index(fields=["last_name_folded"], name="customer_last_name_idx"),
            models.Index(fields=["registered_at"], name="customer_registered_idx"),
        ]
        permissions = [
            ("view_personal_data", _("Can see customers' personal data")),
            ("export_customer", _("Can take out all data of a customer")),
            ("erase_customer", _("Can erase customers")),
            ("send_events", _("Can send shop events")),
            ("import_shop", _("Can import a shop")),
        ]

    def __str__(self) -> str:
        # Titles, messages and logs show this text, also to users who may not see names.
        return self.external_id

    def save(self, *args: Any, **kwargs: Any) -> None:
        names = kwargs.get("update_fields")
        if "accepts_marketing" in self.__dict__ and (names is None or "accepts_marketing" in names):
            self.date_refusal()
            if names is not None:
                names = kwargs["update_fields"] = {*names, *OF_REFUSAL}
        if not self.leaves_mailbox or (names is not None and "email" not in names):
            super().save(*args, **kwargs)
            return
        using = kwargs.get("using") or router.db_for_write(Customer, instance=self)
        with transaction.atomic(using=using, savepoint=False):
            announce_left([self.pk], using=using)
            super().save(*args, **kwargs)

    @property
    def leaves_mailbox(self) -> bool:
        """Whether the stored mailbox differs from the mailbox of the unsaved `email`."""
        if self.pk is None or self._state.adding or "email" not in self.__dict__:
            return False
        # `mailbox` keeps its stored value until the customer is saved.
        return self.mailbox not in ("", folded_address(self.email))

    def say_marketing(
        self, accepts: bool | None, at: datetime | None, *, by_file: bool = False
    ) -> None:
        """Note a statement about marketing mail made at `at` (aware; None: not known).

        A stored refusal is only undone by a consent that is dated after the refusal (or after the
        refusal was noted, where its own time is not known) and not in the future. A consent without
        a time and a missing value undo no refusal, except that a consent in a file undoes a refusal
        that comes from files only. `imports.shop_csv` has the same rule in SQL.
        """
        refuses = self.accepts_marketing is False
        refused_at = self.refused_marketing_at if refuses else None
        if accepts is False:
            at = max((one for one in (at, refused_at) if one), default=None)
            by_file = by_file and (self.is_refusal_of_file or not refuses)
        elif refuses:
            is_corrected = by_file and self.is_refusal_of_file
            is_newer = at and refused_at and refused_at < at <= now()
            if not (accepts and (is_corrected or is_newer)):
                return
        self.note_marketing(accepts, at)
        self.is_refusal_of_file = by_file and accepts is False

    def note_marketing(self, accepts: bool | None, at: datetime | None) -> None:
        """Store a statement about marketing mail made at `at`, whatever is stored."""
        self.accepts_marketing, self.is_refusal_of_file = accepts, False
        self.refused_marketing_at = at
        self.date_refusal()

    def date_refusal(self) -> None:
        """Date a refusal without a time now; clear the time where there is no refusal."""
        if self.accepts_marketing is not False:
            self.refused_marketing_at, self.is_refusal_of_file = None, False
        elif self.refused_marketing_at is None:
            self.refused_marketing_at = now()

    @property
    def called(self) -> str:
        """The customer's name, else the email, else the number; the first two are personal data."""
        return self.name or self.email or self.external_id

    @property
    def name(self) -> str:
        """First and last name, as far as they are known."""
        return " ".join(part for part in (self.first_name, self.last_name) if part)

    @property
    def email_domain(self) -> str:
        """The part of the email after the last `@`."""
        return email_domain(self.email)


class CustomerTag(models.Model):
    """A tag of a customer."""

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="tags", db_index=False, verbose_name=_("customer")
    )
    tag = models.CharField(_("tag"), max_length=255)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        constraints = [
            models.UniqueConstraint(fields=["customer", "tag"], name="customer_tag_once")
        ]
        indexes = [models.Index(fields=["tag", "customer"], name="customer_tag_idx")]

    def __str__(self) -> str:
        return self.tag


class CustomerAttribute(AttributeDefinition):
    """A custom attribute of customers; at once the condition `customer.attributes.<code>`."""

    class Meta:
        verbose_name = _("customer attribute")
        verbose_name_plural = _("customer attributes")
        ordering = ["code"]


class CustomerAttributeValue(AttributeValue):
    """A customer's value of a custom attribute."""

    personal = Personal(private=("text", "number", "date", "choice", "boolean"))

    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        related_name="attribute_values",
        db_index=False,
        verbose_name=_("customer"),
    )
    attribute = models.ForeignKey(
        CustomerAttribute, models.CASCADE, related_name="values", verbose_name=_("attribute")
    )

    class Meta:
        verbose_name = _("attribute value")
        verbose_name_plural = _("attribute values")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "attribute"], name="customer_attribute_value_once"
            )
        ]

    def __str__(self) -> str:
        # Not the value, which not everybody may see.
        return self.attribute.label


class Address(FoldingModel):
    """An entry of a customer's address book."""

    personal = Personal(
        private=(
            "first_name",
            "last_name",
            "company",
            "street",
            "city",
            "region",
            "region_code",
            "postcode",
            "telephone",
        )
    )

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="addresses", verbose_name=_("customer")
    )
    first_name = models.CharField(
        _("first name"), max_length=255, blank=True, null=True, default=""
    )
    first_name_folded = FoldedTextField("first_name")
    last_name = models.CharField(_("last name"), max_length=255, blank=True, null=True, default="")
    last_name_folded = FoldedTextField("last_name")
    company = models.CharField(_("company"), max_length=255, blank=True, null=True, default="")
    company_folded = FoldedTextField("company")
    street = models.CharField(_("street"), max_length=255, blank=True, null=True, default="")
    street_folded = FoldedTextField("street")
    city = models.CharField(_("city"), max_length=255, blank=True, null=True, default="")
    city_folded = FoldedTextField("city")
    region = models.CharField(_("region"), max_length=255, blank=True, null=True, default="")
    region_folded = FoldedTextField("region")
    region_code = models.CharField(
        _("region code"), max_length=255, blank=True, null=True, default=""
    )
    region_code_folded = FoldedTextField("region_code")
    postcode = models.CharField(_("postcode"), max_length=255, blank=True, null=True, default="")
    postcode_folded = FoldedTextField("postcode")
    country = models.CharField(_("country"), max_length=255, blank=True, null=True, default="")
    country_folded = FoldedTextField("country")
    telephone = models.CharField(_("telephone"), max_length=255, blank=True, null=True, default="")
    telephone_folded = FoldedTextField("telephone")
    is_default_billing = models.BooleanField(_("default billing address"), default=False)
    is_default_shipping = models.BooleanField(_("default shipping address"), default=False)

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        indexes = [
            models.Index(fields=["country_folded", "customer"], name="address_country_idx"),
            models.Index(fields=["postcode_folded", "customer"], name="address_postcode_idx"),
            models.Index(fields=["city_folded", "customer"], name="address_city_idx"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Login(models.Model):
    """A storefront log-in; `occurrence`, counted from 1, distinguishes log-ins at the same time."""

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="logins", db_index=False, verbose_name=_("customer")
    )
    logged_in_at = models.DateTimeField(_("logged in"))
    occurrence = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("log-in")
        verbose_name_plural = _("log-ins")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "logged_in_at", "occurrence"], name="login_once"
            )
        ]
        indexes = [models.Index(fields=["logged_in_at", "customer"], name="login_at_idx")]

    def __str__(self) -> str:
        return self.logged_in_at.isoformat()
