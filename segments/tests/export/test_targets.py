"""Files for other programs: who is in them, once each, and exactly which columns."""

import csv
import io
from datetime import date

import pytest

from core.clock import now
from core.text.folding import folded_address
from customers.imports.named.named_csv import names_in
from customers.models import Address, Customer, NewsletterSubscription, Store
from segments.editing.lists import Verb, change_list
from segments.export.mail import SUPPRESSED
from segments.export.members import export_members
from segments.export.targets import TARGETS
from segments.models import ExportAudit
from segments.refresh import refresh_segment

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def subscribe(customer, status="subscribed"):
    NewsletterSubscription.objects.create(
        customer=customer,
        store=Store.objects.get(code="default"),
        status=status,
        status_changed_at=now(),
    )


def taken(segment, target, user=None, **options):
    return b"".join(export_members(segment, "csv", user=user, target=target, **options)).decode()


def addresses(segment):
    refresh_segment(segment)
    rows = csv.DictReader(io.StringIO(taken(segment, "brevo"), newline=""))
    return [row["EMAIL"] for row in rows]


@pytest.fixture
def subscribers(people):
    for one in people:
        subscribe(one)
    return people


@pytest.mark.parametrize("target", list(TARGETS), ids=lambda target: target.name)
def test_lists_read_the_file_of_every_target(everybody, subscribers, make_segment, target):
    Customer.objects.filter(external_id="a").update(email="=a@shop.example")
    again = make_segment("Again", handling={"refresh_mode": "list"})
    file = io.BytesIO(taken(everybody, target.name).encode())
    counts = change_list(again, Verb.ADD, names_in(file), author=None)
    assert counts.added == len(subscribers)


def test_the_files_are_exactly_these(everybody, subscribers):
    Customer.objects.exclude(external_id="a").update(accepts_marketing=False)
    ann = Customer.objects.get(external_id="a")
    ann.first_name, ann.last_name, ann.date_of_birth = "=Ann", 'O"B', date(990, 3, 7)
    ann.save()
    Address.objects.create(customer=ann, country="Spain", telephone="0170 1")
    Address.objects.create(
        customer=ann, country="France", telephone="+4917012345", is_default_billing=True
    )

    assert taken(everybody, "mailchimp") == (
        "Email Address,First Name,Last Name,Birthday,Tags\r\n"
        'a@shop.example,\'=Ann,"O""B",03/07,all\r\n'
    )
    assert taken(everybody, "klaviyo") == (
        "Email,First Name,Last Name,Phone Number,External ID,Country,Tranche Segments\r\n"
        'a@shop.example,\'=Ann,"O""B",+4917012345,a,France,all\r\n'
    )
    assert taken(everybody, "brevo", raw=True) == (
        'EMAIL,FIRSTNAME,LASTNAME,EXT_ID,TRANCHE_SEGMENTS\r\na@shop.example,=Ann,"O""B",a,all\r\n'
    )
    assert [audit.left_out for audit in ExportAudit.objects.all()] == [2, 2, 2]
    assert ExportAudit.objects.first().target == "brevo"


@pytest.mark.parametrize(
    "phone", ["+1234567", "+1234567890123456", "+49 170 123", "00491701234", ""]
)
def test_a_number_that_is_not_written_for_dialling_is_left_out(everybody, subscribers, phone):
    Address.objects.create(customer=subscribers[0], telephone=phone)
    row = next(csv.DictReader(io.StringIO(taken(everybody, "klaviyo"), newline="")))
    assert row["Phone Number"] == ""


def test_only_who_may_get_mail_is_in_it(make_customer, make_segment):
    people = {
        name: make_customer(name, email=f"{name}@shop.example")
        for name in ("fine", "inactive", "invalid", "nothing", "refuses", "never", "gone", "later")
    }
    for name, one in people.items():
        if name not in ("never", "gone", "later"):
            subscribe(one)
    subscribe(people["gone"], "unsubscribed")
    subscribe(people["later"], "unconfirmed")
    segment = make_segment("All")
    refresh_segment(segment)
    people["inactive"].is_active = False
    people["invalid"].email = "no address"
    people["nothing"].email = None
    people["refuses"].accepts_marketing = False
    for one in people.values():
        one.save()

    stream = export_members(segment, "csv", user=None, target="brevo")

    assert stream.begin() == 7
    assert [line.split(b",")[0] for line in b"".join(stream).splitlines()[1:]] == [
        b"fine@shop.example"
    ]


def test_each_folded_address_once_for_the_lowest_key_that_may_get_mail(make_customer, make_segment):
    same = ["not@shop.example ", "Not@shop.example", "NOT@SHOP.EXAMPLE"]
    cafe = ["x@cafe\u0301.example", "x@caf\u00e9.example", "x@xn--caf-dma.example"]
    for address in (*same, *cafe, "y@shop.example"):
        subscribe(make_customer(email=address))

    # The first is none.
    assert addresses(make_segment("All")) == [same[1], cafe[0], "y@shop.example"]


def test_suppressed_addresses_are_left_out_whoever_keeps_the_list(
    everybody, subscribers, monkeypatch
):
    asked = []

    def suppressed(found):
        asked.append(set(found))
        return {"b@shop.example": None}

    monkeypatch.setattr(SUPPRESSED, "_found", {"test": suppressed})

    assert addresses(everybody) == ["a@shop.example", "c@shop.example"]
    assert {"a@shop.example", "b@shop.example"} <= asked[0]


def test_what_is_private_stays_empty_for_whoever_may_not_see_it(everybody, subscribers, user_with):
    Customer.objects.update(date_of_birth=date(1990, 3, 7))
    plain = user_with("export_members")
    trusted = user_with("export_members", "view_personal_data", username="trusted")

    assert "03/07" not in taken(everybody, "mailchimp", plain)
    assert "a@shop.example" in taken(everybody, "mailchimp", plain)
    assert "03/07" in taken(everybody, "mailchimp", trusted)


def test_addresses_fold_as_text_and_their_domain_as_idna():
    assert folded_address("Ann.É@Café.Example") == "ann.é@xn--caf-dma.example"
    assert folded_address("a@" + "ü" * 70) == "a@" + "ü" * 70
