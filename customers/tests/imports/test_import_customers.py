"""What an import stores of customers: defaults, cells, tags, attributes, addresses."""

from decimal import Decimal

import pytest

from core.text.folding import email_domain, fold
from customers.models import Address, Customer, CustomerAttribute, CustomerTag, Website
from customers.tests.imports.importing import ADDRESSES, ATTRIBUTES, CUSTOMERS, NOON, counts


def test_a_customer_without_more_than_an_id_gets_every_default(importer):
    importer(customers="id\nc1\n")
    customer = Customer.objects.get()
    assert (customer.website.code, customer.store.code, customer.group.code) == (
        "default",
        "default",
        "general",
    )
    assert (customer.kind, customer.is_active, customer.accepts_marketing) == (
        "registered",
        True,
        None,
    )
    assert customer.registered_at is None
    assert not customer.email


def test_a_customer_who_names_a_store_only_belongs_to_the_stores_website(importer):
    importer(
        websites="code,name,timezone\nde,Deutschland,Europe/Berlin\n",
        stores="code,name,website\nde_de,Deutsch,de\n",
        customers="id,store\nc1,de_de\n",
    )
    assert Customer.objects.get().website.code == "de"
    assert Website.objects.get(code="de").timezone == "Europe/Berlin"


def test_every_kind_of_cell_is_read(importer):
    importer(
        customers="id,email,first_name,date_of_birth,registered_at,is_active,kind,accepts_marketing"
        "\nc1, A@Example.ORG ,Straße,2000-02-29,2026-01-02T14:00:00.25+02:00,NO,guest,Yes\n"
    )
    customer = Customer.objects.get()
    assert customer.email == " A@Example.ORG "
    assert customer.email_folded == fold(" A@Example.ORG ")
    assert customer.email_domain_folded == fold(email_domain(" A@Example.ORG "))
    assert customer.first_name_folded == "straße"
    assert str(customer.date_of_birth) == "2000-02-29"
    assert customer.registered_at == NOON.replace(microsecond=250_000)
    assert (customer.is_active, customer.kind, customer.accepts_marketing) == (False, "guest", True)


@pytest.mark.parametrize(
    "cell", ["2026-01-02T12:00:00Z", "2026-01-02T12:00", "2026-01-02 12:00:00", "2026-01-02T07-05"]
)
def test_a_time_without_offset_is_utc(importer, cell):
    importer(customers=f"id,registered_at\nc1,{cell}\n")
    assert Customer.objects.get().registered_at == NOON


def test_a_byte_order_mark_quotes_and_line_breaks_in_cells_are_read(importer):
    importer(customers=b'\xef\xbb\xbf"id","first_name"\r\n"c1","a ""b""\r\nc"\r\n')
    assert Customer.objects.get().first_name == 'a "b"\r\nc'


def test_ids_differ_in_case(importer):
    importer(customers="id\nC1\nc1\n")
    assert set(Customer.objects.values_list("external_id", flat=True)) == {"C1", "c1"}


def test_customers_get_their_internal_keys_in_the_files_order(importer):
    importer(customers="id\nz\na\nm\n")
    in_order = Customer.objects.order_by("id").values_list("external_id", flat=True)
    assert list(in_order) == ["z", "a", "m"]


def test_tags_are_kept_once_and_replaced(importer):
    importer(customers="id,tags\nc1,a|b|a\nc2,\n")
    assert set(CustomerTag.objects.values_list("tag", flat=True)) == {"a", "b"}
    report = importer(customers="id,tags\nc1,b|c\nc2,\n")
    assert set(CustomerTag.objects.values_list("tag", flat=True)) == {"b", "c"}
    assert counts(report, "customers") == (2, 0, 1, 1, 0)
    importer(customers="id\nc1\n")
    assert CustomerTag.objects.count() == 2
    importer(customers="id,tags\nc1,\n")
    assert CustomerTag.objects.count() == 0


def values(customer_id: str = "c1") -> dict[str, object]:
    customer = Customer.objects.get(external_id=customer_id)
    return {
        value.attribute.code: next(
            one
            for one in (value.text, value.number, value.date, value.choice, value.boolean)
            if one is not None
        )
        for value in customer.attribute_values.select_related("attribute")
    }


def test_custom_attributes_are_stored_by_their_types(importer):
    importer(
        customer_attributes=ATTRIBUTES,
        customers="id,attributes.level,attributes.note,attributes.size,attributes.since,"
        "attributes.vip\nc1,gold,ÄÖ,42.5,2026-01-02,no\n",
    )
    stored = values()
    assert (stored["level"], stored["note"], stored["size"]) == ("gold", "ÄÖ", Decimal("42.5"))
    assert (str(stored["since"]), stored["vip"]) == ("2026-01-02", False)
    note = Customer.objects.get().attribute_values.get(attribute__code="note")
    assert note.text_folded == "äö"
    assert CustomerAttribute.objects.get(code="level").options == ["gold", "silver"]


def test_an_empty_attribute_clears_and_an_absent_one_stays(importer):
    header = "id,attributes.level,attributes.size\n"
    importer(customer_attributes=ATTRIBUTES, customers=f"{header}c1,gold,1\n")
    report = importer(customers="id,attributes.level\nc1,\n")
    assert values() == {"size": Decimal(1)}
    assert counts(report, "customers") == (1, 0, 1, 0, 0)
    importer(customers="id,attributes.size\nc1,2\n")
    assert values() == {"size": Decimal(2)}


def test_an_absent_column_stays_and_an_empty_cell_clears(importer):
    importer(customers="id,email,first_name,is_active\nc1,a@x.org,Ann,false\n")
    report = importer(customers="id,first_name\nc1,\n")
    customer = Customer.objects.get()
    assert (customer.email, customer.first_name, customer.is_active) == ("a@x.org", "", False)
    assert (customer.email_folded, customer.first_name_folded) == ("a@x.org", "")
    assert counts(report, "customers") == (1, 0, 1, 0, 0)


def test_a_customer_in_addresses_has_all_addresses_replaced(importer):
    importer(customers=CUSTOMERS, addresses=ADDRESSES)
    report = importer(addresses="customer,city\nc1,Trier\n")
    stored = Address.objects.order_by("id").values_list("customer__external_id", "city")
    assert list(stored) == [("c1", "Trier"), ("c2", "Ulm")]
    address = Address.objects.get(city="Trier")
    assert (address.city_folded, address.is_default_billing) == ("trier", False)
    assert counts(report, "addresses") == (1, 0, 1, 0, 0)
