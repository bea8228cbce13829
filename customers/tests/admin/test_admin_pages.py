"""Pages of shop data: what is editable, who sees what, and what a deletion would take along."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import dateparse

from core.admin.inlines import SHOWN
from core.clock import now
from customers.admin.tabs import customer_url
from customers.models import (
    Address,
    AuditEntry,
    Category,
    Customer,
    CustomerAttribute,
    CustomerAttributeValue,
    CustomerGroup,
    NewsletterSubscription,
    Order,
    OrderItem,
    Product,
    ProductCategory,
    Store,
    UserWebsite,
    Website,
)
from customers.tests.rows import a_customer
from tests.cases import sample

pytestmark = pytest.mark.django_db
NOW = dateparse.parse_datetime("2026-01-01T00:00:00Z")


@pytest.fixture
def customer() -> Customer:
    return Customer.objects.create(
        external_id="C1",
        email="Anna@example.com",
        first_name="Anna",
        last_name="Secret",
        website=Website.objects.get(),
        store=Store.objects.get(),
        group=CustomerGroup.objects.get(),
    )


@pytest.fixture
def order(customer: Customer) -> Order:
    return Order.objects.create(
        number="O1",
        customer=customer,
        store=customer.store,
        state="complete",
        created_at=NOW,
        updated_at=NOW,
        grand_total="12.5",
    )


def test_list_rounds_totals_and_order_keeps_decimals(admin_client: Client, order: Order) -> None:
    Order.objects.update(grand_total="1234.5651")
    listed = admin_client.get(reverse("admin:customers_order_changelist")).content.decode()
    assert '<td class="field-total">€1,234.57</td>' in listed
    assert "€1,234.5651" in admin_client.get(page(order)).content.decode()


def page(row: Any, action: str = "change") -> str:
    return reverse(f"admin:customers_{row._meta.model_name}_{action}", args=[row.pk])


def client_with(*permissions: str) -> Client:
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def shown(client: Client, address: str) -> dict[str, Any]:
    """Return what a browser sends of the form at `address` where nobody touches it."""
    response = client.get(address)
    form = response.context["adminform"].form
    forms = [form]
    for formset in response.context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.forms]
    data: dict[str, Any] = {}
    for each in forms:
        for bound in each:
            data |= _sent(bound.html_name, bound.field.widget, bound.value())
            if bound.field.show_hidden_initial:
                data |= _sent(bound.html_initial_name, bound.field.hidden_widget(), bound.value())
    return data


def _sent(name: str, widget: Any, value: Any) -> dict[str, Any]:
    if isinstance(value, bool) and not widget.is_hidden:
        value = "on" if value else None
    if value in (None, ""):
        return {name: ""} if widget.is_hidden else {}
    parts = widget.decompress(value) if hasattr(widget, "decompress") else None
    if not parts:
        return {name: str(value) if widget.is_hidden else value}
    return {
        f"{name}_{number}": widget.widgets[number].format_value(part)
        for number, part in enumerate(parts)
    }


def posted(client: Client, address: str, **changes: str) -> Any:
    """Post the form at `address` with what it shows, changed by `changes`."""
    return client.post(address, shown(client, address) | changes)


def test_an_edit_writes_the_folded_columns(admin_client: Client, customer: Customer) -> None:
    response = posted(admin_client, page(customer), email="NEW@Example.COM", last_name="ÅS")
    assert response.status_code == 302, response.context["errors"]
    stored = Customer.objects.get()
    assert (stored.email_folded, stored.email_domain_folded) == ("new@example.com", "example.com")
    assert stored.last_name_folded == "ås"


def test_an_address_that_mail_cannot_be_sent_to_is_refused(
    admin_client: Client, customer: Customer
) -> None:
    response = posted(admin_client, page(customer), email="not-an-email")
    assert "email" in response.context["adminform"].form.errors
    # What the shop's data brought does not keep anybody from changing something else.
    Customer.objects.update(email="not-an-email")
    assert posted(admin_client, page(customer), last_name="Other").status_code == 302


def test_the_address_of_another_customer_is_warned_of(
    admin_client: Client, customer: Customer
) -> None:
    twin = a_customer("twin", email="twin@example.com")
    response = posted(admin_client, page(customer), email="Twin@Example.com")
    assert response.status_code == 302
    shown = admin_client.get(page(customer)).content.decode()
    overview = customer_url(twin.pk)
    assert f'have this e-mail address, too: <a href="{overview}">twin</a>.' in shown
    posted(admin_client, page(customer), last_name="Other")
    assert "have this e-mail address" not in admin_client.get(page(customer)).content.decode()


def test_a_subscription_that_is_ended_by_hand_has_ended_now(
    admin_client: Client, customer: Customer
) -> None:
    """Otherwise a file with a yes from in between would bring it back."""
    before = now()
    subscribed_at = before - timedelta(days=60)
    row = customer.subscriptions.create(
        store=Store.objects.get(), status="subscribed", status_changed_at=subscribed_at
    )
    posted(admin_client, page(customer), last_name="Other")
    row.refresh_from_db()
    assert row.status_changed_at == subscribed_at
    posted(admin_client, page(customer), **{"subscriptions-0-status": "unsubscribed"})
    row.refresh_from_db()
    assert (row.status, row.status_changed_at >= before) == ("unsubscribed", True)


def test_a_page_open_since_before_undoes_no_refusal(
    admin_client: Client, customer: Customer
) -> None:
    row = customer.subscriptions.create(
        store=Store.objects.get(), status="subscribed", status_changed_at=NOW
    )
    page_before = shown(admin_client, page(customer))
    refused_at = now()
    customer.subscriptions.update(status="unsubscribed", status_changed_at=refused_at)
    customer.note_marketing(False, refused_at)
    customer.save()
    response = admin_client.post(page(customer), page_before | {"first_name": "Ann"})
    assert response.status_code == 302
    row.refresh_from_db()
    customer.refresh_from_db()
    assert (row.status, row.status_changed_at) == ("unsubscribed", refused_at)
    assert (customer.accepts_marketing, customer.refused_marketing_at) == (False, refused_at)
    assert customer.first_name == "Ann"


def test_what_two_changed_is_refused_once_and_then_replaced(
    admin_client: Client, customer: Customer
) -> None:
    row = customer.subscriptions.create(
        store=Store.objects.get(), status="unconfirmed", status_changed_at=NOW
    )
    said = shown(admin_client, page(customer))
    said |= {"subscriptions-0-status": "subscribed", "first_name": "Ann"}
    customer.subscriptions.update(status="unsubscribed", status_changed_at=now())
    response = admin_client.post(page(customer), said)
    formset = response.context["inline_admin_formsets"][3].formset
    (text,) = formset.errors[0]["status"]
    assert text.startswith("Somebody else has changed this meanwhile: “unsubscribed” is stored.")
    status = formset.forms[0]["status"]
    assert (status.value(), Customer.objects.get().first_name) == ("subscribed", "Anna")
    hidden = 'name="initial-subscriptions-0-status" value="unsubscribed"'
    assert hidden in response.content.decode()
    said["initial-subscriptions-0-status"] = "unsubscribed"
    assert admin_client.post(page(customer), said).status_code == 302
    row.refresh_from_db()
    assert (row.status, Customer.objects.get().first_name) == ("subscribed", "Ann")


def test_what_was_typed_survives_the_refusal_of_another_field(
    admin_client: Client, customer: Customer
) -> None:
    """The hidden value of a date of two fields is not what was typed."""
    said = shown(admin_client, page(customer))
    said |= {"registered_at_0": "2026-01-05", "registered_at_1": "10:00:00", "email": "no"}
    response = admin_client.post(page(customer), said)
    form = response.context["adminform"].form
    assert set(form.errors) == {"email"}
    assert 'value="2026-01-05"' not in form["registered_at"].as_hidden(only_initial=True)


def test_a_customer_number_stays_once_it_is_given(admin_client: Client, customer: Customer) -> None:
    assert "external_id" not in admin_client.get(page(customer)).context["adminform"].form.fields
    posted(admin_client, page(customer), external_id="OTHER")
    assert Customer.objects.get().external_id == "C1"


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", "Ürümqi", "Ürümqi"),
        ("number", "1000", 1000),
        ("number", "38.5", 38.5),
        ("date", "28.2.2026", NOW.date().replace(month=2, day=28)),
        ("choice", "gold", "gold"),
        ("boolean", "Yes", True),
        ("boolean", "0", False),
    ],
)
def test_a_custom_attribute_is_kept_in_the_column_of_its_type(
    admin_client: Client, customer: Customer, kind: str, text: str, value: object
) -> None:
    options = ["gold"] if kind == "choice" else []
    attribute = CustomerAttribute.objects.create(code="a", label="A", type=kind, options=options)
    response = posted(
        admin_client,
        page(customer),
        **{
            "attribute_values-TOTAL_FORMS": "1",
            "attribute_values-0-attribute": str(attribute.pk),
            "attribute_values-0-value": text,
        },
    )
    assert response.status_code == 302
    stored = CustomerAttributeValue.objects.get()
    assert getattr(stored, kind) == value
    others = {"text", "number", "date", "choice", "boolean"} - {kind}
    assert {getattr(stored, other) for other in others} == {None}
    assert stored.text_folded == ("ürümqi" if kind == "text" else "")
    again = admin_client.get(page(customer))
    shown = again.context["inline_admin_formsets"][2].formset.forms[0]["value"].value()
    assert shown == str(value)

    # What nobody touched is in no history.
    posted(admin_client, page(customer), accepts_marketing="true")
    assert LogEntry.objects.latest("pk").get_change_message() == "Changed Accepts marketing."
    stored.refresh_from_db()
    assert getattr(stored, kind) == value


def test_no_subscription_is_deleted(admin_client: Client, customer: Customer) -> None:
    """A "no" that is gone would let an older "yes" of the next file count again."""
    store = Store.objects.get()
    NewsletterSubscription.objects.create(
        customer=customer, store=store, status="unsubscribed", status_changed_at=now()
    )
    posted(admin_client, page(customer), **{"subscriptions-0-DELETE": "on"})
    assert NewsletterSubscription.objects.get().status == "unsubscribed"


def test_subscription_keeps_its_store(admin_client: Client, customer: Customer) -> None:
    """A refusal that is moved to another store would be forgotten for the first."""
    store = Store.objects.get()
    other = Store.objects.create(code="other", name="Other", website=store.website)
    row = customer.subscriptions.create(store=store, status="unsubscribed", status_changed_at=NOW)
    posted(admin_client, page(customer), **{"subscriptions-0-store": str(other.pk)})
    row.refresh_from_db()
    assert row.store == store


@pytest.mark.parametrize(
    "said",
    [
        {"status": "not_active"},
        {"status": "subscribed", "status_changed_at_0": "2025-12-31"},
        {"status_changed_at_0": "2099-01-01"},
        {"status_changed_at_0": "2025-12-31"},
    ],
)
def test_page_undoes_no_refusal_without_a_newer_consent(
    admin_client: Client, customer: Customer, said: dict[str, str]
) -> None:
    row = customer.subscriptions.create(
        store=Store.objects.get(), status="unsubscribed", status_changed_at=NOW
    )
    fields = {f"subscriptions-0-{name}": value for name, value in said.items()}
    assert posted(admin_client, page(customer), **fields).status_code == 200
    row.refresh_from_db()
    assert (row.status, row.status_changed_at) == ("unsubscribed", NOW)


def test_unknown_forgets_no_refusal(admin_client: Client, customer: Customer) -> None:
    """Otherwise whoever clears the box puts a customer who said no back among those mailed."""
    customer.note_marketing(False, None)
    customer.save()
    response = posted(admin_client, page(customer), accepts_marketing="unknown")
    assert "only the customer&#x27;s consent undoes that" in response.content.decode()
    assert Customer.objects.get().accepts_marketing is False
    assert posted(admin_client, page(customer), accepts_marketing="true").status_code == 302
    assert Customer.objects.get().accepts_marketing is True


def test_a_text_keeps_its_spaces_where_nobody_touches_it(
    admin_client: Client, customer: Customer
) -> None:
    attribute = CustomerAttribute.objects.create(code="a", label="A", type="text")
    CustomerAttributeValue.objects.create(customer=customer, attribute=attribute, text=" so ")
    posted(admin_client, page(customer), accepts_marketing="true")
    assert LogEntry.objects.latest("pk").get_change_message() == "Changed Accepts marketing."
    assert CustomerAttributeValue.objects.get().text == " so "


@pytest.mark.parametrize(
    ("kind", "text"),
    sample(
        [
            ("number", "12,50,5"),
            ("number", "1.00001"),
            ("number", "10000000000"),
            ("date", "28/2/2026"),
            ("choice", "silver"),
            ("boolean", "perhaps"),
        ],
        every=2,
    ),
)
def test_a_value_of_another_type_is_refused_at_its_field(
    admin_client: Client, customer: Customer, kind: str, text: str
) -> None:
    options = ["gold"] if kind == "choice" else []
    attribute = CustomerAttribute.objects.create(code="a", label="A", type=kind, options=options)
    response = posted(
        admin_client,
        page(customer),
        **{
            "attribute_values-TOTAL_FORMS": "1",
            "attribute_values-0-attribute": str(attribute.pk),
            "attribute_values-0-value": text,
        },
    )
    formset = response.context["inline_admin_formsets"][2].formset
    assert set(formset.errors[0]) == {"value"}
    assert not CustomerAttributeValue.objects.exists()


def test_nobody_is_born_tomorrow(admin_client: Client, customer: Customer) -> None:
    today = now().date()
    refused = posted(admin_client, page(customer), date_of_birth=today + timedelta(days=1))
    assert set(refused.context["adminform"].form.errors) == {"date_of_birth"}
    posted(admin_client, page(customer), date_of_birth=today)
    assert Customer.objects.get().date_of_birth == today


def test_a_choice_takes_its_options_one_to_a_line(admin_client: Client) -> None:
    add = reverse("admin:customers_customerattribute_add")
    data = {"code": "level", "label": "Level", "type": "choice"}
    refused = admin_client.post(add, data | {"options": " \n"})
    assert set(refused.context["adminform"].form.errors) == {"options"}
    refused = admin_client.post(add, data | {"type": "text", "options": "gold"})
    assert set(refused.context["adminform"].form.errors) == {"options"}
    refused = admin_client.post(add, data | {"options": "gold\ngold"})
    assert set(refused.context["adminform"].form.errors) == {"options"}
    admin_client.post(add, data | {"options": "gold\r\nsilver\r\n"})
    assert CustomerAttribute.objects.get().options == ["gold", "silver"]


def test_a_category_cannot_be_below_itself(admin_client: Client) -> None:
    top = Category.objects.create(code="top", name="Top")
    below = Category.objects.create(code="below", name="Below", parent=top)
    response = posted(admin_client, page(top), parent=str(below.pk))
    assert set(response.context["adminform"].form.errors) == {"parent"}
    assert Category.objects.get(code="top").parent is None


def test_orders_are_shown_and_not_edited(admin_client: Client, order: Order) -> None:
    shown = admin_client.get(page(order)).content.decode()
    assert "12.50" in shown
    assert admin_client.post(page(order), {"number": "X"}).status_code == 403
    assert admin_client.get(reverse("admin:customers_order_add")).status_code == 403


def test_no_more_lines_are_shown_than_a_page_can_bear(admin_client: Client, order: Order) -> None:
    product = Product.objects.create(sku="S", name="Shoe")
    OrderItem.objects.bulk_create(
        OrderItem(order=order, line=str(n), product=product, sku="S", quantity=1)
        for n in range(SHOWN + 5)
    )
    [lines] = admin_client.get(page(order)).context["inline_admin_formsets"]
    assert len(lines.formset.forms) == SHOWN


def test_whoever_sees_orders_only_sees_no_name_or_email(order: Order) -> None:
    client = client_with("view_order")
    for address in (reverse("admin:customers_order_changelist"), page(order)):
        text = client.get(address).content.decode()
        assert "C1" in text
        assert "Secret" not in text
        assert "Anna" not in text
    assert client.get(reverse("admin:customers_customer_changelist")).status_code == 403
    assert client.get(page(order.customer)).status_code == 403


def test_addresses_need_their_own_permission(customer: Customer) -> None:
    Address.objects.create(customer=customer, street="Hidden Lane 1")
    address = page(customer)
    for too_few in (("view_personal_data",), ("view_address",)):
        client = client_with("view_customer", *too_few)
        assert "Hidden Lane" not in client.get(address).content.decode()
        User.objects.all().delete()
    enough = ("view_customer", "view_personal_data", "view_address")
    allowed = client_with(*enough).get(address).content.decode()
    assert "Hidden Lane" in allowed


def test_a_customers_page_links_to_what_the_viewer_may_see(customer: Customer) -> None:
    text = client_with("view_customer", "view_order").get(page(customer)).content.decode()
    assert f"/customers/order/?customer__id__exact={customer.pk}" in text
    assert "/customers/cart/" not in text


def test_the_links_lead_to_this_customers_rows(admin_client: Client, order: Order) -> None:
    Order.objects.create(
        number="O2",
        store=order.store,
        state="complete",
        created_at=NOW,
        updated_at=NOW,
        grand_total=1,
    )
    address = reverse("admin:customers_order_changelist")
    listed = admin_client.get(address, {"customer__id__exact": order.customer_id})
    assert [row.number for row in listed.context["cl"].result_list] == ["O1"]


def test_what_is_in_use_cannot_be_deleted(admin_client: Client, order: Order) -> None:
    unused = Website.objects.create(code="new", name="New")
    for row in (Website.objects.get(code="default"), order.store, CustomerGroup.objects.get()):
        assert admin_client.post(page(row, "delete"), {"post": "yes"}).status_code == 403
    assert admin_client.post(page(unused, "delete"), {"post": "yes"}).status_code == 302
    assert not Website.objects.filter(code="new").exists()


def test_a_products_own_rows_do_not_keep_it(admin_client: Client, order: Order) -> None:
    category = Category.objects.create(code="shoes", name="Shoes")
    sold, unsold = (Product.objects.create(sku=sku, name=sku) for sku in ("sold", "unsold"))
    for product in (sold, unsold):
        ProductCategory.objects.create(product=product, category=category)
    OrderItem.objects.create(order=order, line="1", product=sold, sku="sold", quantity=1)
    assert admin_client.post(page(sold, "delete"), {"post": "yes"}).status_code == 403
    assert admin_client.post(page(unsold, "delete"), {"post": "yes"}).status_code == 302
    assert admin_client.post(page(category, "delete"), {"post": "yes"}).status_code == 403


def test_a_customer_is_deleted_with_all_that_is_theirs(admin_client: Client, order: Order) -> None:
    response = admin_client.post(page(order.customer, "delete"), {"post": "yes"})
    assert response.status_code == 302
    assert not Customer.objects.exists()
    assert not Order.objects.exists()


def test_without_the_permission_a_customer_is_a_number(customer: Customer) -> None:
    client = client_with("view_customer", "change_customer")

    lists = client.get(reverse("admin:customers_customer_changelist"))
    for html in (lists.content.decode(), client.get(page(customer)).content.decode()):
        assert "C1" in html
        assert not any(known in html for known in ("Anna", "Secret", "example.com"))


@pytest.mark.parametrize(("term", "is_found"), [("c1", True), ("anna@", False), ("secret", False)])
def test_nobody_learns_a_name_by_searching_for_it(
    customer: Customer, term: str, is_found: bool
) -> None:
    address = reverse("admin:customers_customer_changelist")

    found = client_with("view_customer").get(address, {"q": term}).context["cl"].result_list

    assert bool(found) == is_found


def test_a_number_leads_to_its_customer_within_the_limit(customer: Customer) -> None:
    address = reverse("admin:customers_customer_by_number")
    client = client_with("view_customer")

    assert client.get(address, {"number": "C1"}).headers["Location"] == customer_url(customer.pk)
    assert client.get(address, {"number": "C1\0"}).status_code == 404
    elsewhere = Website.objects.create(code="elsewhere", name="Elsewhere")
    UserWebsite.objects.create(user=User.objects.get(), website=elsewhere)
    assert client.get(address, {"number": "C1"}).status_code == 404
    User.objects.all().delete()
    assert client_with("view_order").get(address, {"number": "C1"}).status_code == 403


def test_who_saw_a_customers_page_is_noted(admin_client: Client, customer: Customer) -> None:
    admin_client.get(page(customer))

    entry = AuditEntry.objects.get()
    assert (entry.username, entry.action, entry.subject, entry.name, entry.after) == (
        "admin",
        "viewed",
        "customer",
        "C1",
        {"page": "change"},
    )


def test_log_names_fields_as_forms_do() -> None:
    entry = AuditEntry(subject="customer")
    assert entry.called("accepts_marketing") == "accepts marketing"
    assert entry.called("page") == "page"


def test_log_shows_values_as_people_read_them(admin_client: Client) -> None:
    """Catches instants of machines, stored choices and braces of JSON on the page of an entry."""
    values = {"C1": {"kind": "exclude", "reason": "2026"}, "C2": "2020-11-30T14:37:55.7+00:00"}
    entry = AuditEntry.objects.create(
        at=now(), action="created", subject="override", name="vip", after=values
    )
    shown = unescape(admin_client.get(page(entry)).content.decode())
    assert "<pre>kind: never a member\nreason: 2026</pre>" in shown
    assert "<pre>Nov 30, 2020, 14:37 (2020-11-30T14:37:55.7+00:00)</pre>" in shown
    # Whoever may name something writes into the log.
    edges = {"name": "9999-12-31T23:59:59-05:00", "code": "0001-01-01T00:00:00+02:00"}
    AuditEntry.objects.filter(pk=entry.pk).update(after=edges)
    assert edges["name"] in unescape(admin_client.get(page(entry)).content.decode())


def test_log_shows_nested_values_in_words(admin_client: Client, customer: Customer) -> None:
    """People would read the JSON of conditions and of the steps of sequences."""
    admin_client.get(page(customer))
    entry = AuditEntry.objects.get()
    tree = {"attribute": "lifetime.number_of_orders", "operator": "gte", "value": 3}
    tree = {"match": "all", "conditions": [tree]}
    steps = [{"delay": 1, "to": []}, {"delay": 2, "more": {"template": "two"}}]
    after = {"conditions": tree, "unknown": steps, "empty": {}}
    AuditEntry.objects.filter(pk=entry.pk).update(subject="segment", after=after)
    shown = unescape(admin_client.get(page(entry)).content.decode())
    assert "lifetime.number_of_orders" not in shown and "at least 3" in shown
    assert "<pre>– delay: 1\n  to: –\n– delay: 2\n  more:\n    template: two</pre>" in shown


def test_nobody_edits_the_audit_log(admin_client: Client, customer: Customer) -> None:
    admin_client.get(page(customer))
    entry = AuditEntry.objects.get()

    assert b"C1" in admin_client.get(reverse("admin:customers_auditentry_changelist")).content
    assert admin_client.get(page(entry)).status_code == 200
    assert admin_client.post(page(entry), {"name": "C2"}).status_code == 403
    assert admin_client.post(page(entry, "delete"), {"post": "yes"}).status_code == 403
