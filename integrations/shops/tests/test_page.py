"""The page “Bring your shop”: from the upload to the report, as a person goes through it."""

import gzip
import io
import json
import threading
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import translation

from core.clock import now
from core.text.sentences import Sentence
from customers.imports import further_files
from customers.imports.plan import ImportPlan
from customers.models import (
    AuditEntry,
    Customer,
    NewsletterSubscription,
    Order,
    OrderItem,
    Store,
)
from integrations.shops import following
from integrations.shops.admin.forms import AnswersForm
from integrations.shops.admin.presentation import FileRows, ShownImport
from integrations.shops.models import ImportState, ShopImport, ShopSource
from integrations.shops.runs import execution, lifecycle
from integrations.shops.runs.execution import execute_import
from integrations.shops.runs.files import (
    TOO_LARGE,
    forget_person,
    purge_files,
    uploaded_files,
)
from integrations.shops.sources import note_source
from integrations.shops.tests.bringing import ACCOUNTS, ORDERS, order
from integrations.shops.tests.questions import SHOPS, expected_of, needs_shops, wrong_answers
from integrations.shops.tests.test_sources import WOO, WOO_ORDER
from segments.lease import Progress
from tests.factories.clients import staff_user

LIST = reverse("admin:shops_shopimport_changelist")
SHOPIFY = {"rate_USD": "1.08", "timezone": "Europe/Berlin", "guest_orders": "match"}
LOCAL = "2026-01-02 03:04:05"
MATCH = {"guest_orders": "match", "timezone": ""}


def address(run, page="change"):
    return reverse(f"admin:shops_shopimport_{page}", args=[run.pk])


def columns_of(run):
    """Return the columns as the form offers them."""
    fields = {one.name: one.value() for one in AnswersForm(run)}
    return {name: value for name, value in fields.items() if name.startswith("column_")}


def client_of(*permissions):
    client = Client()
    client.force_login(staff_user(" ".join(permissions), *permissions))
    return client


class Visitor:
    """Somebody who may import shops and do nothing else."""

    def __init__(self, client):
        self.client = client

    def upload(self, files):
        """Upload files and have them planned; return the import."""
        sent = [
            SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode())
            for name, text in files.items()
        ]
        self.client.post(LIST, {"uploads": sent})
        run = ShopImport.objects.first()
        execute_import(run.pk)
        run.refresh_from_db()
        return run

    def answer(self, run, **answers):
        """Have an import planned with other answers."""
        response = self.client.post(address(run), {**MATCH, **answers})
        assert response.status_code == 302, response.context["form"].errors
        execute_import(run.pk)
        run.refresh_from_db()

    def start(self, run):
        """Start an import and have it done."""
        self.client.post(address(run, "start"))
        execute_import(run.pk)
        run.refresh_from_db()

    def page(self, run):
        """Return the text of an import's page."""
        return self.client.get(address(run)).content.decode()


@pytest.fixture
def visitor(db, settings, tmp_path):
    settings.BASE_CURRENCY = "EUR"
    settings.SHOP_RATES = []
    settings.SHOP_UPLOAD_DIR = tmp_path / "uploads"
    return Visitor(client_of("customers.import_shop"))


def test_import_that_waits_shows_no_rows_of_its_plan(visitor):
    run = visitor.upload({"o.csv": ORDERS + order()})
    ShopImport.objects.filter(pk=run.pk).update(phase=execution.READING, done=93_000)
    visitor.client.post(address(run, "start"))
    assert "93,000" not in visitor.page(run)


@needs_shops
def test_sample_shop_goes_from_upload_to_done_and_again_to_unchanged(visitor):
    files = {path.name: path.read_bytes() for path in SHOPS.glob("shopify/*.csv")}
    run = visitor.upload(files)
    assert run.state == ImportState.REFUSED
    page = visitor.page(run)
    assert "Questions before the import" in page
    assert "Needs your answers" in page and "Not imported" not in page
    assert "Rate of USD" in page
    assert "--rate" not in page
    visitor.answer(run, **SHOPIFY)
    assert run.state == ImportState.PLANNED
    assert not Customer.objects.exists()
    page = visitor.page(run)
    for shown in ("shopify.orders", "Device ID", "windows-1252", "Europe/Berlin", "1.08"):
        assert shown in page or shown == "windows-1252"
    visitor.start(run)
    assert run.state == ImportState.DONE
    expected = expected_of("shopify")
    assert {name: one["rows"] for name, one in run.report["tables"].items()} == expected["tables"]
    assert list(wrong_answers("shopify")) == []
    assert not uploaded_files(run).exists()
    again = visitor.upload(files)
    # As people write it elsewhere.
    visitor.answer(again, **SHOPIFY | {"rate_USD": "1,08"})
    assert again.answers["rates"] == {"USD": "1.08"}
    visitor.start(again)
    for counts in again.report["tables"].values():
        assert counts["unchanged"] == counts["rows"]
    assert "shopify" in visitor.client.get(LIST).content.decode()


def test_files_that_other_apps_read_are_taken_alone(visitor):
    """Campaigns and mails of another tool come later than the shop, by the same page."""
    further = {one.table.file: one.table.columns for one in further_files.FILES}
    assert {"mails.csv", "touches.csv"} <= further.keys()
    for name, columns in further.items():
        run = visitor.upload({name: f"{','.join(columns)}\n"})
        assert run.state == ImportState.PLANNED, visitor.page(run)


def test_files_of_our_own_and_archives_are_taken(visitor):
    run = visitor.upload({"customer_groups.csv": "code,name\nvip,VIP\n", "notes.csv": "a,b\n1,2\n"})
    assert run.state == ImportState.PLANNED
    assert "notes.csv is not a file of a shop" in visitor.page(run)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("2026/orders.csv", ORDERS + order())
    run = visitor.upload({"export.zip": archive.getvalue()})
    assert run.report["recognised"][0]["path"] == "2026/orders.csv"


def test_refused_file_shows_file_row_and_cell_and_may_be_imported_without_the_row(visitor):
    run = visitor.upload({"o.csv": ORDERS + order() + order("#2", price="12,5")})
    assert run.state == ImportState.REFUSED
    page = visitor.page(run)
    assert "&quot;12,5&quot; is not a number" in page
    assert "Numbers in files need a decimal point" in page
    assert '<th scope="row">o.csv</th><td class="number">3</td><td>Lineitem price</td>' in page
    assert not Order.objects.exists()
    visitor.answer(run, skip_bad_rows="on")
    page = visitor.page(run)
    # The plan still shows what is left out, and its numbers add up.
    assert "&quot;12,5&quot; is not a number" in page
    assert "Of 2 rows of your files, 1 would be imported. 1 has a problem" in page
    assert "skip_bad_rows" in {field.name for field in AnswersForm(run).further_fields}
    visitor.start(run)
    assert run.state == ImportState.DONE
    assert [*OrderItem.objects.values_list("order__number", flat=True)] == ["#1"]
    page = visitor.page(run)
    assert "Download the rows with a problem, correct" in page
    assert "1 of 2 rows of your files are in Tranche. 1 has a problem and is left out." in page
    response = visitor.client.get(address(run, "refused"))
    rows = b"".join(response.streaming_content)
    assert b"12,5" in rows
    assert "it is the list of refused rows" in visitor.page(visitor.upload({"r.csv": rows}))
    late = visitor.client.post(address(run, "cancel"), follow=True).content.decode()
    assert "the import was done already" in late
    ShopImport.objects.update(finished_at=now() - timedelta(days=2))
    purge_files()
    page = visitor.page(run)
    assert "The list of the rows with a problem is no longer kept" in page
    assert "Download" not in page


def test_rows_of_a_plan_are_imported_left_out_or_refused(visitor):
    """Catches problems of reading, which are of no row of ours and so were counted nowhere."""
    text = (
        "order_id,customer_id,date,sku,amount\n"
        "1,7,2026-01-02,A,5\n2,7,2026-01-02,A,forty\n3,,2026-01-02,A,5\n"
        f"4,7,2026-01-02,{'A' * 300},5\n5,7,yesterday,A,x\n"
    )
    run = visitor.upload({"f.csv": text})
    visitor.answer(run, **columns_of(run), skip_bad_rows="on")
    assert ShownImport(run).rows == FileRows(total=5, left_out=1, refused=3)
    assert [one["row"] for one in ShownImport(run).problems] == [3, 5, 6]
    visitor.start(run)
    assert ShownImport(run).rows.imported == OrderItem.objects.count() == 1
    assert [one["row"] for one in run.problems] == [3, 5, 6]
    visitor.start(whole := visitor.upload({"f.csv": text.partition("2,7")[0]}))
    page = visitor.page(whole)
    assert "1 of 1 row of your files is in Tranche" in page and "Download" not in page


def test_refusal_of_everything_says_what_was_expected(visitor):
    run = visitor.upload({"prices.csv": "a,b\n1,2\n"})
    assert run.state == ImportState.REFUSED
    page = visitor.page(run)
    assert "none of these files is one that an import reads" in page
    assert "<dt>Shopify: orders</dt><dd>Name, Financial Status, Lineitem name" in page
    assert 'id="questions"' not in page
    run = visitor.upload({"photo.png": b"x"})
    assert run.state == ImportState.REFUSED
    assert run.problem_count == 1


def test_refused_files_lead_to_other_files_and_are_named_once(visitor):
    run = visitor.upload({"o.csv": ORDERS + order(), "w.csv": WOO.strip() + "\n"})
    page = visitor.page(run)
    upload = f'<a class="button default" href="{LIST}#upload">'
    assert upload in page
    assert page.count("default") == page.count(upload)
    assert visitor.page(visitor.upload({"photo.png": b"x"})).count("it is no table") == 1
    run = visitor.upload({f"{number:02}.png": b"x" for number in range(25)})
    # The problems that the table does not show, too.
    assert visitor.page(run).count("it is no table") == 25


def test_time_zone_stays_in_sight_until_one_is_chosen(visitor):
    run = visitor.upload({"o.csv": ORDERS + order()})
    assert [field.name for field in AnswersForm(run).first_fields] == ["timezone"]
    assert "UTC, until a zone is chosen" in visitor.page(run)
    # The button that starts sends the form, too: what differs is planned first.
    assert f'form="answers" formaction="{address(run, "start")}"' in visitor.page(run)
    visitor.client.post(address(run, "start"), {**MATCH, "timezone": "UTC"})
    execute_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.answers["timezone"]) == (ImportState.PLANNED, "UTC")
    assert not AnswersForm(run).first_fields
    visitor.client.post(address(run, "start"), {**MATCH, "timezone": "UTC"})
    execute_import(run.pk)
    run.refresh_from_db()
    assert run.state == ImportState.DONE
    # Who has chosen UTC is not asked again.
    assert not AnswersForm(visitor.upload({"o.csv": ORDERS + order()})).first_fields
    assert "Make a segment" not in visitor.page(run)
    may_see = client_of("customers.import_shop", "segments.add_segment")
    assert "Make a segment" in may_see.get(address(run)).content.decode()


def test_second_source_is_asked_for_its_prefix(visitor):
    visitor.start(visitor.upload({"o.csv": ORDERS + order("#1", "a@example.com")}))
    note_source("maho", "M")
    run = visitor.upload({"w.csv": f"{WOO.strip()},order_currency\n{WOO_ORDER.strip()},USD\n"})
    page = visitor.page(run)
    # All questions at once.
    assert {field.name for field in AnswersForm(run).open_fields} == {
        *("id_prefix", "is_same", "timezone", "rate_USD")
    }
    assert 'id="problems"' not in page
    assert "--prefix" not in page
    answers = {"timezone": "UTC", "rate_USD": "1.08"}
    response = visitor.client.post(address(run), {**MATCH, **answers, "id_prefix": "a b"})
    assert response.context["form"].errors == {
        "id_prefix": ["“a b” has other than letters, digits and _"]
    }
    response = visitor.client.post(address(run), {**MATCH, **answers, "id_prefix": "M"})
    assert response.context["form"].errors == {
        "id_prefix": ["the prefix “M” is that of maho: choose another one"]
    }
    visitor.answer(run, **answers, id_prefix="W")
    visitor.start(run)
    assert {*Order.objects.values_list("number", flat=True)} == {"#1", "W:#1"}
    assert ShopSource.objects.get(name="woocommerce").prefix == "W"


def test_link_to_customers_opens_those_of_the_shop(visitor, make_customer):
    """Numbers with a prefix tell them; a guest may be of any shop."""
    make_customer("1", email="b@example.com")
    text = "order_id,customer_id,date,sku\n1,7,2026-01-02,Tee\n"
    may_see = client_of("customers.import_shop", "customers.view_customer")
    run = visitor.upload({"f.csv": text})
    visitor.answer(run, **columns_of(run), id_prefix="F")
    visitor.start(run)
    page = may_see.get(address(run)).content.decode()
    customers = reverse("admin:customers_customer_changelist")
    assert f'href="{customers}?q=F%3A"' in page
    found = may_see.get(f"{customers}?q=F%3A").context["cl"].result_list
    assert [one.external_id for one in found] == ["F:7"]
    run = visitor.upload({"f.csv": text.replace("customer_id", "Mail").replace(",7,", ",a@b.de,")})
    visitor.answer(run, **columns_of(run) | {"column_email": "Mail"})
    visitor.start(run)
    page = may_see.get(address(run)).content.decode()
    assert f'href="{customers}"' in page and "See all customers" in page


def test_columns_of_order_lines_are_chosen_where_several_fit(visitor):
    """Also how dates are written, which is never guessed."""
    text = (
        "Invoice,Order ID,Customer ID,Date,Art,Qty,Price,Amount\n"
        "1,A-1,7,03/04/2026,Tee,2,5,10\n2,A-1,7,03/04/2026,Mug,1,4,4\n"
    )
    run = visitor.upload({"f.csv": text})
    page = visitor.page(run)
    assert {field.name for field in AnswersForm(run).open_fields} == {"column_order"}
    assert "Needs your answers" in page and "--columns" not in page and "is not read" not in page
    answers = {"column_customer": "Customer ID", "column_date": "Date", "column_price": "Price"}
    response = visitor.client.post(address(run), {**MATCH, **answers})
    assert {*response.context["form"].errors} == {"column_order", "column_sku"}
    answers |= {"column_quantity": "Qty", "column_name": "Art", "column_order": "Order ID"}
    visitor.answer(run, **answers)
    assert run.state == ImportState.REFUSED
    page = visitor.page(run)
    assert "--columns" not in page
    assert "is written otherwise than the dates of this import, such as 2026-12-31" in page
    assert "column_date_format" in {field.name for field in AnswersForm(run).open_fields}
    visitor.answer(run, **answers, column_date_format="%d/%m/%Y")
    visitor.start(run)
    found = Order.objects.get()
    assert (found.number, str(found.created_at.date()), found.grand_total) == (
        "A-1",
        "2026-04-03",
        14,
    )
    assert {*found.items.values_list("sku", flat=True)} == {"name-tee", "name-mug"}


def test_columns_of_an_unknown_file_are_chosen(visitor):
    text = "Bill;Client;When;Art\n1;7;2026-01-02;Tee\n"
    run = visitor.upload({"f.csv": text})
    page = visitor.page(run)
    assert 'name="column_customer"' in page and "choose its columns" in page
    assert "Needs your answers" in page and "Not imported" not in page
    assert "Required are the customer’s number or e-mail address" in page
    assert 'id="problems"' not in page and 'href="#questions"' in page
    chosen = {"column_customer": "Client", "column_date": "When"}
    response = visitor.client.post(address(run), {**MATCH, **chosen})
    assert {*response.context["form"].errors} == {"column_sku"}
    visitor.answer(run, **chosen, column_sku="Art")
    visitor.start(run)
    assert Order.objects.get().number == "7-20260102"
    # The names of these columns say it all: nothing is chosen.
    known = visitor.upload({"g.csv": "order_id,customer_id,date,sku\n1,8,2026-01-02,Tee\n"})
    fields = AnswersForm(known).column_fields
    visitor.answer(known, **{field.name: field.value() for field in fields})
    assert known.answers["columns"] == {} and known.state == ImportState.PLANNED


def test_customers_of_a_list_of_orders_may_be_told_by_their_addresses(visitor):
    """Also where somebody has chosen the addresses as numbers, which nobody can write to."""
    text = "Order number;Date;E-mail;Amount\n1;2026-01-02;ines@example.com;5\n"
    run = visitor.upload({"f.csv": text})
    chosen = columns_of(run)
    assert (chosen["column_customer"], chosen["column_email"]) == ("", "E-mail")
    refused = visitor.client.post(address(run), {**MATCH, **chosen, "column_email": ""})
    assert {*refused.context["form"].errors} == {"column_customer"}
    twice = visitor.client.post(address(run), {**MATCH, **chosen, "column_customer": "E-mail"})
    assert {*twice.context["form"].errors} == {"column_customer"}
    visitor.answer(run, **chosen | {"column_customer": "E-mail", "column_email": ""})
    assert run.state == ImportState.PLANNED
    first = [field.name for field in AnswersForm(run).first_fields]
    assert first == ["timezone", "column_customer", "column_email"]
    page = visitor.page(run)
    state = page[page.index('id="state"') : page.index('id="questions"')]
    assert "look like e-mail addresses" in state and 'href="#id_column_email"' in state
    visitor.answer(run, **chosen)
    assert "look like e-mail addresses" not in visitor.page(run)
    visitor.start(run)
    assert Customer.objects.get().email == "ines@example.com"


@pytest.mark.once
def test_format_of_dates_is_chosen_for_files_of_different_columns(visitor):
    """Catches files whose own columns no longer count; two-digit years begin with the day, too."""
    run = visitor.upload(
        {
            "a.csv": "order_id,customer_id,date,sku,total\n1,8,02/01/26,Tee,5\n",
            "b.csv": "Invoice,User ID,Order Date,Item\n2,9,03/01/26,Mug\n",
        }
    )
    chosen = columns_of(run)
    visitor.answer(run, **chosen | {"column_date_format": "%d/%m/%y"})
    assert run.answers["columns"] == {"date_format": "%d/%m/%y"}
    # A worker died: the next plan has no headers to choose from.
    ShopImport.objects.update(outcome=ImportState.FAILED, report={}, problems=[])
    run.refresh_from_db()
    visitor.answer(run)
    visitor.start(run)
    days = {one.number: str(one.created_at.date()) for one in Order.objects.all()}
    assert days == {"1": "2026-01-02", "2": "2026-01-03"}


@pytest.mark.once
def test_columns_that_only_one_of_two_files_has_are_chosen(visitor):
    """Catches a second file without the chosen column, and a choice that names columns twice."""
    text = "order_id,Invoice,customer_id,date,sku\n1,A,8,2026-01-02,Tee\n"
    other = text.replace("\n1,A", "\n2,B")
    third = "Invoice No,User ID,Order Date,Item ID\nC,9,2026-01-03,Mug\n"
    run = visitor.upload({"a.csv": text, "b.csv": other, "c.csv": third})
    assert run.report["contested"] == {"order": ["order_id", "Invoice"]}
    chosen = columns_of(run)
    visitor.answer(run, **chosen | {"column_order": "Invoice"})
    visitor.start(run)
    assert {*Order.objects.values_list("number", flat=True)} == {"A", "B", "C"}


@pytest.mark.once
def test_columns_of_online_retail_are_not_asked_for(visitor):
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    row = "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n"
    run = visitor.upload({"f.csv": header + row})
    assert run.state == ImportState.PLANNED
    assert not [one.name for one in AnswersForm(run) if one.name.startswith("column_")]


@pytest.mark.parametrize(
    "text", [WOO + WOO_ORDER, ORDERS + order(created=LOCAL) + order("#2", created=LOCAL)]
)
def test_times_without_a_zone_are_one_question_and_no_problems(visitor, text):
    run = visitor.upload({"export.csv": text})
    assert run.state == ImportState.REFUSED
    page = visitor.page(run)
    assert "has no offset" not in page
    assert 'id="problems"' not in page
    assert "more." not in page
    assert "Choose a time zone" in page and "until a zone is chosen" not in page
    response = visitor.client.post(address(run), MATCH)
    assert "timezone" in response.context["form"].errors


def test_zone_and_rate_are_asked_at_once_and_led_to(visitor):
    files = {"w.csv": f"{WOO.strip()},order_currency\n{WOO_ORDER.strip()},USD\n"}
    run = visitor.upload(files)
    page = visitor.page(run)
    state = page[page.index('id="state"') : page.index('id="questions"')]
    for name in ("rate_USD", "timezone"):
        assert f'href="#id_{name}"' in state
        assert f'name="{name}"' in page
    visitor.answer(run, rate_USD="1.08", timezone="UTC")
    assert run.state == ImportState.PLANNED


def test_consents_are_counted_and_subscribe_nobody_who_refused_here(visitor, make_customer):
    """A file says neither when somebody consented nor that they have left since."""
    make_customer("3", email="c@example.com", accepts_marketing=False)
    gone = make_customer("4", email="d@example.com", accepts_marketing=True)
    gone.subscriptions.create(
        store=gone.store, status="unsubscribed", status_changed_at=now() - timedelta(days=900)
    )
    other = make_customer("5", email="e@example.com", accepts_marketing=True)
    other.subscriptions.create(
        store=Store.objects.create(code="other", name="Other", website=other.website),
        status="unsubscribed",
        status_changed_at=now() - timedelta(days=900),
    )
    people = ("1", "a", "yes"), ("2", "b", "no"), ("3", "c", "yes"), ("4", "d", "yes")
    rows = (*people, ("5", "e", "yes"))
    files = {
        "c.csv": ACCOUNTS
        + "".join(f"{n},{x},{x},{x}@example.com,{said},0,\n" for n, x, said in rows)
    }
    run = visitor.upload(files)
    visitor.answer(run, id_prefix="", is_same="on")
    assert run.report["consents"] == {"yes": 4, "no": 1}
    assert "newsletter_subscriptions" not in run.report["tables"]
    visitor.answer(run, is_same="on", subscribe_accepting="on")
    visitor.start(run)
    standing = NewsletterSubscription.objects.standing().order_by("customer__external_id")
    assert [*standing.values_list("customer__external_id", "standing")] == [
        ("1", "subscribed"),
        ("3", "subscribed"),
        ("4", "unsubscribed"),
        ("5", "unsubscribed"),
    ]
    assert Customer.objects.get(external_id="3").accepts_marketing is False
    again = visitor.upload(files)
    visitor.answer(again, subscribe_accepting="on")
    assert not any(one["created"] + one["updated"] for one in again.report["tables"].values())


def test_reasons_of_rows_left_out_are_in_the_language_of_the_reader():
    report = {"left_out": [{"what": "refunds", "why": "canceled", "count": 2}]}
    with translation.override("de"):
        ((what, why, count),) = ShownImport(ShopImport(report=report)).left_out
    assert (what, count) == ("Erstattungen", 2)
    assert why != "canceled"


def test_problems_are_in_the_language_of_the_reader(visitor, monkeypatch):
    """A cell, a file of the upload, and the sentence of a run whose worker has ended."""
    run = visitor.upload({"o.csv": ORDERS + order(total="bad")})
    monkeypatch.setattr("integrations.shops.runs.files.UNPACKED_TIMES", 0)
    large = visitor.upload({"o.csv.gz": gzip.compress((ORDERS + order()).encode())})
    monkeypatch.setattr(execution, "ATTEMPTS", 0)
    lost = visitor.upload({"o.csv": ORDERS + order()})
    assert lost.error == "Its worker ended without a word."
    with translation.override("de"):
        lost.refresh_from_db()
        shown = [*ShownImport(run).problems, *ShownImport(large).problems]
        assert [one["message"] for one in shown] == [
            "„bad“ ist keine Zahl",
            str(Sentence(TOO_LARGE, {"size": 0})),
        ]
        assert lost.error != "Its worker ended without a word."


def test_notes_and_warnings_are_in_the_language_of_the_reader(visitor):
    """Catches a plan that keeps the language of the person who uploaded the files."""
    visitor.client.cookies["django_language"] = "de"
    row = "1,A,A,a@example.com,yes,0,\n"
    files = {"c.csv": ACCOUNTS + row, "o.csv": ORDERS + order(status="odd")}
    run = visitor.upload(files)
    assert run.language == "de"
    with translation.override("de"):
        german = ShownImport(run)
        assert german.notes[0].startswith("1 Kunden")
        assert german.warnings[0][0].startswith("Bestellungen")
    visitor.client.cookies["django_language"] = "en"
    page = visitor.page(run)
    assert (
        "1 customers accept marketing" in page and "Orders have a status that is not known" in page
    )


@pytest.mark.parametrize("language", ["de", "fr"])
def test_figures_are_in_the_words_and_numbers_of_the_reader(language):
    """Catches a label shared with the grammar of sentences: “[haben|hat]” is no text to read."""
    run = ShopImport(report={"consents": {"yes": 2}, "rates": {"USD": "1.08"}})
    with translation.override(language):
        shown = ShownImport(run)
        assert shown.rates == [("USD", "1,08")]
        assert not any(set("[|]") & set(label) for label, _count in shown.consents)


def cancel_at(phase, monkeypatch):
    """Have the next import canceled when it notes something in a phase."""

    def note(self, found, done, total):
        self.cancelled = found == phase
        self.check()

    monkeypatch.setattr(Progress, "__call__", note)
    monkeypatch.setattr(execution, "SECONDS_BETWEEN_NOTES", 0)
    monkeypatch.setattr("integrations.shops.converting.conversion.BLOCK", 1)


@pytest.mark.parametrize("phase", ["reading", "writing"])
def test_cancel_in_the_middle_leaves_the_shop_as_before(visitor, monkeypatch, phase):
    run = visitor.upload({"o.csv": ORDERS + order() + order("#2")})
    cancel_at(phase, monkeypatch)
    visitor.start(run)
    assert run.state == ImportState.CANCELED
    assert not Order.objects.exists()
    assert not Customer.objects.exists()
    assert not ShopSource.objects.exists()
    assert run.folder == ""


def test_planned_import_is_discarded_with_its_files(visitor):
    run = visitor.upload({"o.csv": ORDERS + order()})
    folder = uploaded_files(run)
    visitor.client.post(address(run, "cancel"))
    run.refresh_from_db()
    assert run.state == ImportState.CANCELED
    assert not folder.exists()
    visitor.client.post(address(run, "start"))
    run.refresh_from_db()
    assert run.state == ImportState.CANCELED


def test_two_imports_do_not_run_at_once(visitor):
    first = visitor.upload({"o.csv": ORDERS + order()})
    second = visitor.upload({"o.csv": ORDERS + order("#2")})
    visitor.client.post(address(first, "start"))
    page = visitor.client.post(address(second, "start"), follow=True).content.decode()
    assert "Another import is under way" in page
    second.refresh_from_db()
    assert second.state == ImportState.PLANNED


def test_import_whose_worker_died_is_seen_and_begun_again_thrice(visitor):
    run = visitor.upload({"o.csv": ORDERS + order()})
    visitor.client.post(address(run, "start"))
    died = {"attempts": 1, "lease_expires_at": now(), "owner": "gone"}
    ShopImport.objects.filter(pk=run.pk).update(**died)
    assert "ended without a word" in visitor.page(run)
    ShopImport.objects.filter(pk=run.pk).update(attempts=3)
    execute_import(run.pk)
    run.refresh_from_db()
    assert run.state == ImportState.FAILED
    visitor.answer(run)
    visitor.start(run)
    assert run.state == ImportState.DONE


def test_deeds_stand_in_the_audit_log(visitor):
    run = visitor.upload({"o.csv": ORDERS + order()})
    visitor.start(run)
    entries = AuditEntry.objects.filter(subject="shops.import").order_by("pk")
    assert [entry.action for entry in entries] == ["import_started", "import_ended"]
    assert entries.last().after["rows"]["orders"] == 1


def test_plan_and_report_show_no_personal_data(visitor):
    run = visitor.upload({"c.csv": ACCOUNTS + "1,Ada,King,ada@example.com,yes,0,\n"})
    assert "ada@example.com" not in visitor.page(run)
    visitor.start(run)
    assert "ada@example.com" not in visitor.page(run)


@pytest.mark.once
@pytest.mark.parametrize("cell", ["anna@example.com", "7,50", "2026-01-02T03:04:05Z", "02.01.26"])
def test_first_row_of_a_file_without_a_header_is_not_kept(visitor, cell):
    run = visitor.upload({"f.csv": f"Anna;Rome;{cell}\nBen;Oslo;x\n"})
    assert run.report["headers"] == {} and cell not in json.dumps(run.report)


@pytest.mark.once
def test_cells_that_were_chosen_as_columns_are_forgotten(visitor):
    """Catches the name of an erased customer in an import's report, answers or audit log."""
    run = visitor.upload({"f.csv": "Anna;Bill;When\n7;Tee;2026-01-02\n"})
    visitor.answer(run, column_customer="Anna", column_date="When", column_sku="Bill")
    visitor.start(run)
    assert run.outcome == ImportState.DONE
    planned = visitor.upload({"f.csv": "Anna;Bill;When\n8;Tee;2026-01-02\n"})
    visitor.answer(planned, column_customer="Anna", column_date="When", column_sku="Bill")
    [*forget_person(None)]
    run.refresh_from_db()
    planned.refresh_from_db()
    assert "Anna" not in json.dumps([run.report, run.answers])
    assert "headers" not in planned.report and planned.answers["columns"]["customer"] == "Anna"
    started = AuditEntry.objects.get(action="import_started")
    assert started.after["answers"]["columns"] == ["customer", "date", "sku"]


def test_files_are_deleted_a_day_after_nobody_went_on(visitor):
    run = visitor.upload({"o.csv": ORDERS + order(price="x"), "photo.png": "x"})
    purge_files()
    assert uploaded_files(run).exists()
    ShopImport.objects.update(finished_at=now() - timedelta(days=1, minutes=1))
    purge_files()
    assert not uploaded_files(run).exists()
    run.refresh_from_db()
    assert (run.folder, run.problems, run.problem_count) == ("", [], 1)
    page = visitor.page(run)
    assert "Plan again" not in page
    assert "is no longer kept" in page and f'href="{LIST}#upload"' in page


@pytest.mark.parametrize(
    ("written", "hints"),
    [
        ("12,5", (True, False)),
        ("1234,5678", (True, False)),
        ("1.234,50", (True, True)),
        ("1,234", (False, True)),
        ("1,234.50", (False, True)),
        ("x", (False, False)),
    ],
)
def test_hint_on_numbers_changes_none_by_a_factor_of_thousand(written, hints):
    shown = ShownImport(ShopImport(problems=[{"code": "number", "value": written}]))
    assert (shown.has_decimal_commas, shown.has_thousands) == hints


@pytest.mark.parametrize("names", [["a.csv", "A.CSV"], []])
def test_upload_without_files_or_with_one_name_twice_is_refused(visitor, names):
    sent = [SimpleUploadedFile(name, b"x") for name in names]
    response = visitor.client.post(LIST, {"uploads": sent})
    assert "uploads" in response.context["form"].errors
    assert not ShopImport.objects.exists()


def test_archive_that_unpacks_to_too_much_is_refused(visitor, monkeypatch):
    monkeypatch.setattr("integrations.shops.runs.files.UNPACKED_TIMES", 0)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("orders.csv", ORDERS + order())
    run = visitor.upload({"export.zip": archive.getvalue()})
    assert run.state == ImportState.REFUSED
    assert "split it into smaller files and import one after the other" in visitor.page(run)


def test_packed_file_behind_a_locked_one_is_measured(visitor, monkeypatch, settings):
    monkeypatch.setattr("integrations.shops.runs.files.UNPACKED_TIMES", 1)
    settings.UPLOAD_LIMIT = 10_000
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("locked.csv.gz", b"x")
        packed.writestr("bomb.csv.gz", gzip.compress(b"x" * 100_000))
    data = bytearray(archive.getvalue())
    # The archive's directory says that the first file has a password.
    data[data.find(b"PK\x01\x02") + 8] |= 1
    run = visitor.upload({"export.zip": bytes(data)})
    assert "unpacks to more than" in visitor.page(run)


def test_shop_whose_first_synchronization_fails_is_there_with_the_reason(visitor, settings):
    """Catches settings with a mistake, of which only the log of a worker knows."""
    settings.MAHO_DATABASE_URL = "mysql://reader:secret@127.0.0.1:1/shop"
    settings.SHOP_SYNC_SECONDS = 900
    with pytest.raises(CommandError):
        call_command("sync_shop", "maho", "--dry-run", stdout=io.StringIO())
    assert not ShopSource.all_sources.exists()
    following.sync_configured_shops()
    page = visitor.client.get(LIST).content.decode()
    row = page[page.index('<th scope="row">maho</th>') :].partition("</tr>")[0]
    assert "the shop&#x27;s database cannot be read: " in row and "secret" not in row
    assert "Nothing of this shop is stored yet. Correct the cause" in row
    # It is no source yet that others would need a prefix beside.
    run = visitor.upload({"o.csv": ORDERS + order()})
    assert run.state == ImportState.PLANNED
    # The run that succeeds finds out that the shop is another version.
    with following.noted_end(ImportPlan(source="magento2"), "maho"):
        note_source("magento2", "")
    assert [one.name for one in ShopSource.all_sources.all()] == ["magento2"]
    # From now on its failures are those of the version, or of the source that a person names.
    following.sync_configured_shops()
    with pytest.raises(CommandError):
        call_command("sync_shop", "maho", "--source", "other", stdout=io.StringIO())
    failed = ShopSource.all_sources.exclude(sync_error="").values_list("name", flat=True)
    assert {*failed} == {"magento2", "other"} == {one.name for one in ShopSource.all_sources.all()}


def test_nobody_without_the_permission_sees_or_does_anything(visitor):
    run = visitor.upload({"o.csv": ORDERS + order()})
    client = client_of("customers.view_customer", "customers.add_customer")
    for method, page in [
        ("get", LIST),
        ("post", LIST),
        ("get", address(run)),
        ("post", address(run)),
        ("post", address(run, "start")),
        ("post", address(run, "cancel")),
        ("get", address(run, "refused")),
    ]:
        assert getattr(client, method)(page).status_code == 403


def test_empty_home_offers_to_bring_the_shop_first(db, make_customer):
    client = client_of("segments.view_segment", "customers.import_shop", "segments.add_segment")
    page = client.get(reverse("admin:index")).content.decode()
    assert page.index(LIST) < page.index("Make a segment")
    assert "Bring your shop" in page[page.index("first-steps-next") :][:600]
    make_customer()
    steps = client.get(reverse("admin:index")).context["first_steps"]
    assert str(steps[0].step.title) == "Make a segment"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_heartbeat_notices_a_cancel_while_rows_are_written(settings, tmp_path, monkeypatch):
    settings.SHOP_UPLOAD_DIR, settings.LEASE_SECONDS = tmp_path / "uploads", 1
    user = staff_user("importer", "customers.import_shop")
    run = lifecycle.upload([SimpleUploadedFile("o.csv", (ORDERS + order()).encode())], user)
    execute_import(run.pk)
    run.refresh_from_db()
    lifecycle.start(run, user)

    def cancel():
        lifecycle.cancel(ShopImport.objects.get(pk=run.pk), user)
        connection.close()

    def cancel_beside(*_given):
        thread = threading.Thread(target=cancel)
        thread.start()
        thread.join()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(60)")

    monkeypatch.setattr("integrations.shops.reader.note_source", cancel_beside)
    execute_import(run.pk)
    run.refresh_from_db()
    assert run.state == ImportState.CANCELED
    assert not Order.objects.exists()
