"""Shopify's orders: several rows each, states, guests, phones, refunds, currencies."""

import pytest

from customers.models import Address, Customer, DirtyCustomer, Order, OrderItem, Refund
from integrations.shops.tests.bringing import ACCOUNTS, ORDERS, order

pytestmark = pytest.mark.once

MORE = {"status": "", "fulfilled": "", "currency": "", "total": "", "created": ""}
GUEST = "guest-b5fc85e55755f9e0d030"


def test_rows_of_one_order_are_its_lines(bring):
    first = order(total="81.82", quantity="2", price="24.90")
    bring({"o.csv": ORDERS + first + order(price="12.50", item="Mug", sku="", **MORE)})
    only = Order.objects.get()
    assert str(only.subtotal) == "62.3000"
    assert [*OrderItem.objects.order_by("line").values_list("line", "sku")] == [
        ("1", "TEE"),
        ("2", "name-mug"),
    ]


def test_rows_of_one_order_that_are_apart_are_refused_with_both_rows(bring):
    lines = bring.refusal({"o.csv": ORDERS + order() + order("#2") + order(**MORE)})
    assert lines[0] == (
        'o.csv:4: Name: the rows of order "#1" are not together: it begins in row 2'
    )


def test_first_row_without_a_date_is_refused(bring):
    assert bring.refusal({"o.csv": ORDERS + order(**MORE)})[0] == "o.csv:2: Created at: is missing"
    bring.refusal({"o.csv": ORDERS + order(created="02/01/2026")})
    assert [one["message"] for one in bring.report["problems"]] == [
        '"02/01/2026" is not an ISO 8601 time'
    ]


@pytest.mark.parametrize(
    ("status", "fulfilled", "state"),
    [
        ("voided", "fulfilled", "canceled"),
        ("expired", "", "canceled"),
        ("refunded", "fulfilled", "closed"),
        ("partially_paid", "", "pending_payment"),
        ("authorized", "fulfilled", "payment_review"),
        ("", "fulfilled", "new"),
        ("paid", "fulfilled", "complete"),
        ("paid", "partial", "processing"),
        ("disputed", "fulfilled", "processing"),
    ],
)
def test_state_is_the_first_that_fits(bring, status, fulfilled, state):
    report = bring({"o.csv": ORDERS + order(status=status, fulfilled=fulfilled)})
    assert Order.objects.get().state == state
    unknown = [one["count"] for one in report["warnings"] if one["code"] == "unknown_status"]
    assert unknown == ([1] if status == "disputed" else [])


def test_guest_is_known_by_the_latest_order(bring):
    early = order(email=" Ada@Example.com", billing="A B", created="2026-01-01 00:00:00 +0000")
    late = order("#2", "ada@example.COM", created="2026-02-01 00:00:00 +0000")
    report = bring({"o.csv": ORDERS + late + early})
    guest = Customer.objects.get()
    assert (guest.external_id, guest.kind, guest.email) == (GUEST, "guest", "ada@example.COM")
    assert (guest.first_name, guest.last_name) == ("Ada", "Byron King")
    assert str(guest.registered_at) == "2026-01-01 00:00:00+00:00"
    assert report["derived"]["guests"] == 1


def test_account_is_found_by_email_else_by_its_only_phone(bring):
    accounts = (
        "'1,A,A,Ada@example.com,yes,0,'+49 1\n2,B,B,,no,0,+492\n"
        "3,C,C,,no,0,+493\n4,D,D,,no,0,'+493\n"
    )
    orders = [
        order("#1", "ada@EXAMPLE.com"),
        order("#2", "", phone="'+49 (2)"),
        order("#3", "", phone="493"),
        order("#4", ""),
    ]
    bring({"c.csv": ACCOUNTS + accounts, "o.csv": ORDERS + "".join(orders)})
    owners = Order.objects.order_by("number").values_list("customer__external_id", flat=True)
    assert [*owners] == ["1", "2", None, None]


def test_guest_orders_stay_apart_when_told_so(bring):
    files = {
        "c.csv": ACCOUNTS + "1,A,A,ada@example.com,yes,0,\n",
        "o.csv": ORDERS + order("#1", "ada@example.com"),
    }
    bring(files, "--guest-orders", "separate")
    assert Order.objects.get().customer.external_id == GUEST


def test_account_that_appears_later_takes_over_the_guest(bring):
    bring({"o.csv": ORDERS + order("#1", "ada@example.com")})
    report = bring({"c.csv": ACCOUNTS + "1,A,A,Ada@example.com,yes,0,\n"})
    assert Order.objects.get().customer.external_id == "1"
    assert [*Customer.objects.values_list("external_id", flat=True)] == ["1"]
    assert report["derived"]["guests_merged"] == 1
    again = bring({"o.csv": ORDERS + order("#1", "ada@example.com")})
    assert again["tables"]["orders"]["unchanged"] == 1


def test_account_with_an_address_takes_none_of_its_guest(bring):
    """Catches an address of an order that the next import of the same files takes away again."""
    orders = ORDERS.replace("Billing Name", "Billing Name,Billing City")
    orders += order(billing="Ada King,Town").replace('"', "")
    bring({"o.csv": orders})
    assert Address.objects.get().city == "Town"
    accounts = ACCOUNTS.replace("Phone", "Phone,City") + "7,Ada,King,a@example.com,yes,0,,Rome\n"
    files = {"c.csv": accounts, "o.csv": orders}
    assert bring(files)["derived"]["guests_merged"] == 1
    assert Address.objects.get().city == "Rome"
    DirtyCustomer.objects.all().delete()
    again = bring(files)["tables"]
    assert not any(one["created"] + one["updated"] + one["deleted"] for one in again.values())
    assert not DirtyCustomer.objects.exists()


def test_currency_needs_a_rate(bring, settings):
    files = {"o.csv": ORDERS + order(currency="USD", total="272.69") + order("#2", currency="GBP")}
    lines = bring.refusal(files, "--rate", "GBP=0.85")
    assert "USD (1)" in lines[0]
    settings.SHOP_RATES = ["USD=1.08"]
    bring(files, "--rate", "GBP=0.85")
    assert str(Order.objects.get(number="#1").grand_total) == "252.4907"


def test_refund_of_the_file_is_dated_by_the_order(bring):
    header = ORDERS.strip() + ",Refunded Amount,Paid at,Discount Code\n"
    row = order().strip() + ',5.00,2026-03-01 00:00:00 +0100,"A, B"\n'
    rest = order("#2").strip() + ",0.00,,\n"
    report = bring({"o.csv": header + row + rest})
    refund = Refund.objects.get()
    assert (refund.number, str(refund.created_at)) == ("#1-R", "2026-02-28 23:00:00+00:00")
    assert Order.objects.get(number="#1").coupon_code == "A, B"
    assert "refund_dates" in {one["code"] for one in report["warnings"]}


def test_older_files_of_customers_have_no_number(bring):
    header = (
        "First Name,Last Name,Email,Company,Address1,Address2,City,Province,"
        "Province Code,Country,Country Code,Zip,Phone,Accepts Marketing,Total Spent,"
        "Total Orders,Tags\n"
    )
    bring(
        {
            "c.csv": header
            + 'A,B,Ada@Example.com,,1 St,,Ulm,Bayern,BY,Germany,DE,\'01067,,yes,0,0," x, y|z "\n'
        }
    )
    ada = Customer.objects.get()
    assert (ada.external_id, ada.accepts_marketing) == ("ada@example.com", True)
    address = ada.addresses.get()
    assert (address.postcode, address.region, address.region_code) == ("01067", "Bayern", "BY")
    assert {tag.tag for tag in ada.tags.all()} == {"x", "y/z"}


def test_it_is_said_that_who_accepts_marketing_subscribes_to_no_newsletter(bring):
    """Otherwise a merchant learns only when a campaign goes to nobody."""
    both = "1,A,A,a@example.com,yes,0,\n2,B,B,b@example.com,no,0,\n"
    report = bring({"c.csv": ACCOUNTS + both})
    (note,) = report["notes"]
    assert note.startswith("1 customers accept marketing, but mail goes only to subscribers")


def test_two_orders_of_one_number_do_not_become_one(bring):
    """They stand together: the second one's total was lost, and its lines were the first one's."""
    lines = bring.refusal({"o.csv": ORDERS + order(total="10") + order(total="99", sku="B")})
    assert lines[:-1] == [
        'o.csv:3: Total: differs from the first row of order "#1": give it another number'
    ]
    # Programs that edit exports may repeat the cells of an order.
    bring({"o.csv": ORDERS + order(total="10") + order(total="10", sku="B")})
    assert OrderItem.objects.filter(order__grand_total=10).count() == 2


def test_refund_below_zero_is_counted_as_left_out(bring):
    header, row = ORDERS.strip(), order().strip()
    report = bring({"o.csv": f"{header},Refunded Amount\n{row},-5.00\n"})
    reason = {"what": "refunds", "why": "their amount is less than 0", "count": 1}
    assert report["left_out"] == [reason]
