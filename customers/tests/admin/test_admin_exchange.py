"""Customers and groups as files: codes, all or nothing, folded columns, no formulas."""

import io
from typing import Any
from zipfile import ZipFile

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.admin.files import exchange
from customers.merging import merge_guest
from customers.models import AuditEntry, Customer, CustomerGroup, Store, Website
from customers.privacy.erasing import go_on, request_erasure
from customers.tests.rows import a_customer

pytestmark = pytest.mark.django_db

CSV, XLSX = "0", "1"


def upload(client: Client, text: str | bytes, model: str = "customer", form: str = CSV) -> Any:
    """Return the page that shows what an import of this file would do."""
    data = text.encode() if isinstance(text, str) else text
    return client.post(
        reverse(f"admin:customers_{model}_import"),
        {"format": form, "import_file": SimpleUploadedFile("file", data)},
    )


def confirm(client: Client, preview: Any, model: str = "customer") -> Any:
    form = preview.context["confirm_form"]
    return client.post(reverse(f"admin:customers_{model}_process_import"), form.initial)


def complaints(page: Any) -> dict[int, dict[str, list[str]]]:
    return {row.number: row.field_specific_errors for row in page.context["result"].invalid_rows}


def notes(page: Any) -> list[str]:
    """Return what the preview says of each row."""
    found = [row.note for row in page.context["result"].rows]
    assert all(note in page.content.decode() for note in found)
    return found


def export(client: Client, form: str = CSV, model: str = "customer") -> bytes:
    address = reverse(f"admin:customers_{model}_export")
    fields = client.get(address).context["form"].fields
    chosen = {name: "on" for name in fields if "resource_" in name}
    response = client.post(address, {"format": form, "resource": "0", **chosen})
    assert "attachment" in response["Content-Disposition"], response.content.decode()[:500]
    return response.content


@pytest.mark.parametrize("model", ["customer", "customergroup"])
def test_sample_file_has_all_columns_and_can_be_imported(admin_client: Client, model: str) -> None:
    start = admin_client.get(reverse(f"admin:customers_{model}_import"))
    assert start.context["form"]["format"].value() == CSV
    sample = admin_client.get(start.context["sample_url"]).content
    columns = {start.context["needed"], *start.context["columns"]}
    assert set(sample.decode().splitlines()[0].split(",")) == columns
    page = upload(admin_client, sample, model)
    assert confirm(admin_client, page, model).status_code == 302
    rows = (Customer if model == "customer" else CustomerGroup).objects
    assert rows.filter(**{"external_id": "1001"} if model == "customer" else {"code": "wholesale"})


def test_new_customers_come_in_by_codes_with_folded_columns(admin_client: Client) -> None:
    website = Website.objects.create(code="de", name="Germany")
    Store.objects.create(code="de_de", name="German", website=website)
    page = upload(
        admin_client,
        "id,email,last_name,store,registered_at,is_active,accepts_marketing,tags\n"
        "7,ANNA@X.DE,ÅS,de_de,2026-01-31T01:00:00+01:00,no,,b|a\n"
        "8,,,,,,yes,\n",
    )
    assert not Customer.objects.exists()
    assert confirm(admin_client, page).status_code == 302
    seven, eight = Customer.objects.order_by("external_id")
    assert (seven.email_folded, seven.email_domain_folded) == ("anna@x.de", "x.de")
    assert (seven.last_name_folded, seven.external_id_folded) == ("ås", "7")
    assert (seven.website, seven.store.code) == (website, "de_de")
    assert seven.registered_at.isoformat() == "2026-01-31T00:00:00+00:00"
    assert (seven.is_active, seven.accepts_marketing) == (False, None)
    assert {tag.tag for tag in seven.tags.all()} == {"a", "b"}
    assert (eight.website.code, eight.store.code, eight.group.code) == (
        "default",
        "default",
        "general",
    )
    assert (eight.is_active, eight.accepts_marketing, eight.kind) == (True, True, "registered")


def test_an_absent_column_leaves_and_an_empty_cell_clears(admin_client: Client) -> None:
    confirm(admin_client, upload(admin_client, "id,email,gender,tags\n7,a@x.de,female,vip\n"))
    confirm(admin_client, upload(admin_client, "id,gender\n7,\n"))
    stored = Customer.objects.get()
    assert (stored.email, stored.gender) == ("a@x.de", "")
    assert [tag.tag for tag in stored.tags.all()] == ["vip"]
    confirm(admin_client, upload(admin_client, "id,tags\n7,\n"))
    assert not stored.tags.exists()


def test_the_preview_says_what_is_lost(admin_client: Client) -> None:
    header = "id,email,first_name,gender,tags,accepts_marketing\n"
    stored = "7,a@x.de,Anna,,vip,no\n8,b@x.de,Bob,,vip,\n9,c@x.de,Cem,,,\n"
    first = upload(admin_client, header + stored)
    assert "Rows: 3 new, 0 changed, 0 left as they are." in first.content.decode()
    assert "leaves empty" not in first.content.decode()
    confirm(admin_client, first)

    page = upload(admin_client, f"{header}7,,,,vip,\n9,c@x.de,Cem,,,\n1,d@x.de,,,,\n")
    text = page.content.decode()
    assert "Rows: 1 new, 1 changed, 1 left as they are." in text
    # A refusal stays whatever an empty cell says.
    lost = "1 customer loses values that the file leaves empty: email, first_name. Lines: 2."
    assert lost in text
    assert "<del>Anna</del> <ins>(empty)</ins>" in text

    page = upload(admin_client, "id,email,tags\n7,,vip\n8,b@x.de,\n")
    expected = "2 customers lose values that the file leaves empty: email, tags. Lines: 2, 3."
    assert expected in page.content.decode()
    assert "<del>vip</del> <ins>(empty)</ins>" in page.content.decode()


def test_the_preview_counts_addresses_that_cannot_be_written_to(admin_client: Client) -> None:
    rows = "7,not-an-email\n8,b@x.de\n9,c@\n1,\n"
    first = upload(admin_client, f"id,email\n{rows}")
    assert "2 e-mail addresses cannot be written to" in first.content.decode()
    confirm(admin_client, first)
    assert Customer.objects.get(external_id="7").email == "not-an-email"
    # What is stored already is no news.
    page = upload(admin_client, f"id,email\n{rows}6,d\n")
    text = "1 e-mail address cannot be written to; it is stored as it stands in the file. Lines: 6."
    assert text in page.content.decode()


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("id", ""),
        ("id", "x" * 65),
        ("website", "nowhere"),
        ("group", "none"),
        ("kind", "robot"),
        ("date_of_birth", "31.1.2000"),
        ("date_of_birth", "2001-02-29"),
        ("registered_at", "yesterday"),
        ("is_active", "maybe"),
        ("tags", "t" * 256),
    ],
)
def test_a_bad_cell_refuses_the_file_with_its_line(
    admin_client: Client, column: str, cell: str
) -> None:
    header, good, bad = f"id,{column}", "1,", f"2,{cell}"
    if column == "id":
        header, good, bad = "id,gender", "1,", f"{cell},female"
    page = upload(admin_client, f"{header}\n{good}\n\n{bad}\n")
    assert list(complaints(page)) == [4]
    # Named as in the file, not as the model's field.
    assert list(complaints(page)[4]) == [column]
    assert f"Line 4, {column}:" in page.content.decode()
    assert "confirm_form" not in page.context
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    ("header", "complaint"),
    [
        ("id,emial", "Unknown columns: emial"),
        ("id,email,email", "twice"),
        ("email", "The file needs a column “id”."),
    ],
)
def test_a_wrong_header_is_refused_by_name(
    admin_client: Client, header: str, complaint: str
) -> None:
    page = upload(admin_client, f"{header}\n{','.join('1' for _ in header.split(','))}\n")
    text = page.content.decode()
    assert "Nothing was imported" in text
    assert complaint in text
    # Once, not again for each row, and in no words of the program.
    assert text.count(complaint) == 1 and "Resource" not in text


@pytest.mark.parametrize("may", [False, True])
def test_an_export_of_another_shop_leads_to_its_reader(may: bool) -> None:
    names = ["add_customer", "change_customer", "view_personal_data", *["import_shop"][:may]]
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user)
    text = upload(client, "Customer ID,First Name,Email\n1,A,a@x.de\n2,B,b@x.de\n").content.decode()
    page = reverse("admin:shops_shopimport_changelist")
    assert "reads what Shopify, WooCommerce and Magento export" in text
    assert (f'<a href="{page}">Bring your shop</a>' in text) is may


def test_an_unclosed_quote_refuses_the_file(admin_client: Client) -> None:
    page = upload(admin_client, 'id,first_name\n1,"Una\n2,Duo\n3,Tre\n')
    complaint = "Line 2: a quote that begins here is never closed"
    assert page.context["form"].errors["import_file"] == [complaint]
    assert "confirm_form" not in page.context


def test_the_import_reads_files_of_spreadsheets(admin_client: Client) -> None:
    confirm(admin_client, upload(admin_client, "sep=;\n\nid;email;\n1;a@x.de;\n;;\n"))
    assert Customer.objects.values_list("external_id", "email").get() == ("1", "a@x.de")


def test_a_repeated_id_is_refused_with_its_line(admin_client: Client) -> None:
    page = upload(admin_client, "id,email\n9.41E+12,a@x.de\n9.41E+12,b@x.de\n")
    assert complaints(page) == {3: {"id": ['"9.41E+12" stands twice']}}


def test_the_import_leaves_out_erased_and_merged_customers(admin_client: Client) -> None:
    go_on(request_erasure(a_customer("gone"), "anonymize", author=None).pk)
    merge_guest(a_customer("guest", kind="guest"), a_customer("kept"))
    before = set(Customer.objects.values_list("external_id", flat=True))
    page = upload(admin_client, "id,email\ngone,a@x.de\nguest,b@x.de\nnew,c@x.de\n")
    assert [row.import_type for row in page.context["result"].rows] == ["skip", "skip", "new"]
    assert notes(page) == [
        "This customer was erased.",
        "This guest was merged into customer kept.",
        "",
    ]
    confirm(admin_client, page)
    assert set(Customer.objects.values_list("external_id", flat=True)) == before | {"new"}


def test_a_merged_guests_refusal_reaches_the_customer(admin_client: Client) -> None:
    merge_guest(a_customer("guest", kind="guest"), a_customer("kept"))
    page = upload(admin_client, "id,accepts_marketing\nguest,no\n")
    assert notes(page) == [
        "This guest was merged into customer kept, who refuses marketing by this row."
    ]
    assert Customer.objects.get().accepts_marketing is None
    confirm(admin_client, page)
    assert Customer.objects.get().accepts_marketing is False


def test_an_import_corrects_an_earlier_import_and_undoes_no_other_refusal(
    admin_client: Client,
) -> None:
    for cell in ("no", "yes"):
        confirm(admin_client, upload(admin_client, f"id,accepts_marketing\n7,{cell}\n"))
        assert Customer.objects.get().accepts_marketing is (cell == "yes")
    Customer.objects.update(accepts_marketing=False)
    page = upload(admin_client, "id,accepts_marketing\n7,yes\n")
    confirm(admin_client, page)
    assert Customer.objects.get().accepts_marketing is False
    assert notes(page)[0].startswith("The customer refused marketing")
    assert notes(upload(admin_client, "id\n7\n")) == ["All of it is stored already."]


def test_the_import_looks_for_merged_guests_once(admin_client: Client) -> None:
    rows = "".join(f"{number},{number}@x.de\n" for number in range(20))
    with CaptureQueriesContext(connection) as asked:
        upload(admin_client, f"id,email\n{rows}")
    merges = [one for one in asked.captured_queries if "customermerge" in one["sql"]]
    assert len([one for one in merges if one["sql"].startswith("SELECT")]) == 1


def test_a_file_that_is_none_is_refused(admin_client: Client) -> None:
    page = upload(admin_client, b"\xff\xfe\x00 no text")
    assert page.context["form"].errors
    page = upload(admin_client, b"no workbook", form=XLSX)
    refused = ["The file is not an XLSX workbook: choose the format that it has."]
    assert page.context["form"].errors["import_file"] == refused
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "a")
    page = upload(admin_client, packed.getvalue(), form=XLSX)
    refused = ["The file cannot be read: choose the format that it has, or save it anew."]
    assert page.context["form"].errors["import_file"] == refused


def test_what_went_wrong_since_the_preview_imports_nothing(admin_client: Client) -> None:
    group = CustomerGroup.objects.create(code="vip", name="VIP")
    page = upload(admin_client, "id,group\n1,general\n2,vip\n")
    group.delete()
    response = confirm(admin_client, page)
    assert response.url == reverse("admin:customers_customer_import")
    assert not Customer.objects.exists()


def test_a_second_confirmation_finds_the_file_gone(admin_client: Client) -> None:
    page = upload(admin_client, "id\n1\n")
    confirm(admin_client, page)
    assert confirm(admin_client, page).url == reverse("admin:customers_customer_import")


def test_an_export_comes_in_again_unchanged(admin_client: Client) -> None:
    text = (
        "id,email,first_name,last_name,gender,date_of_birth,group,website,store,registered_at,"
        "is_active,kind,tags,accepts_marketing\r\n"
        "7,=1+1@x.de,@anna,''-,,1990-02-28,general,default,default,2026-01-31T00:00:00Z,true,guest,"
        "+a|b,false\r\n"
    )
    confirm(admin_client, upload(admin_client, text))
    exported = export(admin_client)
    for guarded in ("'=1+1@x.de", "'@anna", "''-", "'+a|b"):
        assert f",{guarded}," in exported.decode()
    for data, form in ((exported, CSV), (export(admin_client, XLSX), XLSX)):
        rows = upload(admin_client, data, form=form).context["result"].rows
        assert [row.import_type for row in rows] == ["skip"]
    stored = Customer.objects.get()
    assert (stored.first_name, stored.last_name) == ("@anna", "'-")


def test_a_workbooks_numbers_and_dates_are_read_as_written(admin_client: Client) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["id", "date_of_birth", "is_active"])
    book.active.append([12345, exchange.date(1990, 1, 2), False])
    data = io.BytesIO()
    book.save(data)
    confirm(admin_client, upload(admin_client, data.getvalue(), form=XLSX))
    stored = Customer.objects.get()
    assert (stored.external_id, stored.date_of_birth.isoformat(), stored.is_active) == (
        "12345",
        "1990-01-02",
        False,
    )


def test_groups_come_in_and_go_out(admin_client: Client) -> None:
    confirm(
        admin_client, upload(admin_client, "code,name\nvip,VIP\n", "customergroup"), "customergroup"
    )
    assert CustomerGroup.objects.get(code="vip").name == "VIP"
    assert "vip,VIP" in export(admin_client, model="customergroup").decode()


def test_too_many_rows_are_refused_both_ways(admin_client: Client, monkeypatch) -> None:
    monkeypatch.setattr(exchange, "ROW_LIMIT", 1)
    assert "more than 1 rows" in upload(admin_client, "id\n1\n2\n").content.decode()
    monkeypatch.setattr(exchange, "ROW_LIMIT", 2)
    confirm(admin_client, upload(admin_client, "id\n1\n2\n"))
    monkeypatch.setattr(exchange, "ROW_LIMIT", 1)
    address = reverse("admin:customers_customer_export")
    page = admin_client.post(address, {"format": CSV, "resource": "0", "customerresource_id": "on"})
    assert "More than 1 rows" in page.content.decode()


@pytest.mark.parametrize(
    ("permissions", "may_import", "may_export"),
    [
        ((), False, False),
        (("view_customer",), False, False),
        (("view_personal_data",), False, False),
        (("view_customer", "view_personal_data"), False, True),
        (("view_customer", "view_personal_data", "change_customer"), False, True),
        (("view_customer", "add_customer", "change_customer"), False, False),
        (("add_customer", "change_customer", "view_personal_data"), True, True),
    ],
)
def test_import_and_export_need_their_permissions(
    permissions: tuple[str, ...], may_import: bool, may_export: bool
) -> None:
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    for action, allowed in (("import", may_import), ("export", may_export)):
        response = client.get(reverse(f"admin:customers_customer_{action}"))
        assert response.status_code == (200 if allowed else 403)


def test_an_export_of_customers_is_in_the_audit_log(admin_client: Client, admin_user: User) -> None:
    for number in "12":
        Customer.objects.create(
            external_id=number,
            website=Website.objects.get(),
            store=Store.objects.get(),
            group=CustomerGroup.objects.first(),
        )
    export(admin_client)
    export(admin_client, model="customergroup")
    entry = AuditEntry.objects.get(action="exported")
    assert (entry.user, entry.subject, entry.after["rows"]) == (admin_user, "customer", 2)
    assert {"id", "email"} <= set(entry.after["columns"])
