"""Exports: the same bytes on both databases, nothing that a spreadsheet would run, audited."""

import csv
import io
import xml.etree.ElementTree as ElementTree
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection

from customers.models import AuditEntry, Customer, CustomerAttribute, CustomerAttributeValue
from customers.tests.test_formulas import ALREADY_GUARDED, FORMULAS, HARMLESS
from segments.export.allowed import may_export
from segments.export.columns import columns_named
from segments.export.contents import ExportRefused, InvalidExport, exported_members
from segments.export.document import Document
from segments.export.formats.csv_lines import copied_lines, formatted_lines
from segments.export.formats.xml_lines import formatted_xml_lines, xml_lines
from segments.export.members import export_members
from segments.models import ExportAudit, Membership, Segment
from segments.refresh import refresh_segment

pytestmark = pytest.mark.django_db

ENTERED = datetime(2026, 4, 10, 12, 0, 0, 120, tzinfo=UTC)


@pytest.fixture
def segment(make_customer, make_segment):
    """A segment with two members, one of them awkward."""
    make_customer("1", email="ann@shop.example", first_name="Ann", last_name="Lee")
    make_customer("=2", email=None, first_name='Bo "B", Jr', last_name="é\n<&>\x0b")
    segment = make_segment('All & "sundry"', code="all")
    refresh_segment(segment)
    Membership.objects.update(entered_at=ENTERED)
    Segment.objects.update(as_of=ENTERED)
    return segment


def user_with(*codenames):
    user = User.objects.create_user("merchant")
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return User.objects.get(pk=user.pk)


def export(segment, format="csv", **options):
    return b"".join(export_members(segment, format, user=None, **options))


def test_csv_is_exactly_this(segment):
    assert export(segment).decode() == (
        "id,email,first_name,last_name,customer_group,website,entered_at\r\n"
        "1,ann@shop.example,Ann,Lee,general,default,2026-04-10T12:00:00.000120Z\r\n"
        '\'=2,,"Bo ""B"", Jr","é\n<&>\x0b",general,default,2026-04-10T12:00:00.000120Z\r\n'
    )


def test_xml_is_exactly_this_without_what_xml_forbids(segment):
    written = export(segment, "xml", columns=["id", "email", "last_name"]).decode()
    assert written == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<segment code="all" name="All &amp; &quot;sundry&quot;" '
        'as_of="2026-04-10T12:00:00.000120Z" version="1">\n'
        '<customer id="1"><email>ann@shop.example</email><last_name>Lee</last_name></customer>\n'
        '<customer id="=2"><email></email><last_name>é\n&lt;&amp;&gt;</last_name></customer>\n'
        "<count>2</count>\n</segment>\n"
    )


def test_a_parser_reads_the_xml_back(segment):
    Customer.objects.filter(external_id="1").update(
        first_name="tab\tcr\rlf\n", last_name="\x00"[:0] + "\x01￾￿😀"
    )
    root = ElementTree.fromstring(export(segment, "xml"))

    assert root.attrib["name"] == 'All & "sundry"'
    assert root.findtext("customer/first_name") == "tab\tcr\rlf\n"
    assert root.findtext("customer/last_name") == "😀"
    assert root.findtext("count") == "2"


@pytest.mark.parametrize("beginning", [*FORMULAS, *ALREADY_GUARDED])
def test_a_text_that_a_spreadsheet_would_run_is_guarded(segment, beginning):
    Customer.objects.filter(external_id="1").update(first_name=f"{beginning}1+1")

    (_, row, _) = csv.reader(
        io.StringIO(export(segment, columns=["first_name"]).decode(), newline="")
    )
    (_, raw, _) = csv.reader(
        io.StringIO(export(segment, columns=["first_name"], raw=True).decode(), newline="")
    )

    assert row == [f"'{beginning}1+1"]
    assert raw == [f"{beginning}1+1"]


def test_every_type_of_cell_is_written_alike_on_every_database(segment):
    customer = Customer.objects.get(external_id="1")
    customer.date_of_birth = date(987, 2, 3)
    customer.accepts_marketing = False
    customer.registered_at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    customer.save()
    values = {
        "number": Decimal("-12.5000"),
        "date": date(2026, 1, 2),
        "boolean": True,
        "choice": "-red",
        "text": "@x",
    }
    for code, value in values.items():
        attribute = CustomerAttribute.objects.create(code=code, label=code, type=code)
        CustomerAttributeValue.objects.create(
            customer=customer, attribute=attribute, **{code: value}
        )
    columns = ["date_of_birth", "accepts_marketing", "registered_at"]

    written = export(segment, columns=columns + [f"attributes.{code}" for code in values])

    assert written.decode().split("\r\n")[1:3] == [
        "0987-02-03,false,2026-01-02T03:04:05.000000Z,-12.5,2026-01-02,true,'-red,'@x",
        ",,,,,,,",
    ]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL has COPY")
def test_copy_writes_the_xml_that_python_writes(segment, make_customer):
    controls = "".join(map(chr, range(1, 0x20)))
    awkward = ("", "&lt;", "<&>\"'", "a\tb\nc\rd", controls, "\ufffe\uffff😀", "\\.", "\n", " ")
    for text in awkward:
        make_customer(f"n{text}"[:64], email=text, first_name=text, last_name=None)
    refresh_segment(segment)
    members = exported_members(segment)
    elements = columns_named(
        ["email", "first_name", "last_name", "accepts_marketing", "entered_at"]
    )
    assert list(xml_lines(members, elements)) == list(formatted_xml_lines(members, elements))


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL has COPY")
@pytest.mark.parametrize("raw", [True, False])
def test_copy_writes_what_python_writes(segment, make_customer, raw):
    awkward = ("", " ", '"', "a,b", "\\.", "\\N", "%s", "'", "\r", "x\r\ny", "=1", "é")
    for text in (
        *awkward,
        *FORMULAS,
        *ALREADY_GUARDED,
        *(f"{beginning}1" for beginning in FORMULAS),
        *HARMLESS,
    ):
        make_customer(email=text, first_name=text)
    refresh_segment(segment)
    columns = columns_named(["email", "first_name", "entered_at"])
    members = exported_members(segment)

    assert list(copied_lines(members, columns, raw=raw)) == list(
        formatted_lines(members, columns, raw=raw)
    )


def test_rows_stand_in_the_order_of_internal_ids(make_customer, make_segment):
    for number in ("b", "a", "c"):
        make_customer(number)
    segment = make_segment()
    refresh_segment(segment)

    assert export(segment, columns=["id"]) == b"id\r\nb\r\na\r\nc\r\n"


def test_bom_stands_first(segment):
    assert export(segment, columns=["id"], bom=True).startswith(b"\xef\xbb\xbfid\r\n")


def test_unknown_and_doubled_columns_are_refused_by_name(segment):
    with pytest.raises(InvalidExport, match="password"):
        export(segment, columns=["id", "password"])
    with pytest.raises(InvalidExport, match="id"):
        export(segment, columns=["id", "id"])
    assert not ExportAudit.objects.exists()


@pytest.mark.parametrize("column", ["gender", "date_of_birth", "attributes.hobby"])
def test_more_than_name_and_email_needs_its_own_permission(segment, column):
    CustomerAttribute.objects.create(code="hobby", label="Hobby", type="text")
    user = user_with("export_members")

    assert b"".join(export_members(segment, "csv", user=user)).count(b"\r\n") == 3
    with pytest.raises(PermissionDenied):
        export_members(segment, "csv", user=user, columns=["id", column])

    user.user_permissions.add(Permission.objects.get(codename="view_personal_data"))
    user = User.objects.get(pk=user.pk)
    assert b"".join(export_members(segment, "csv", user=user, columns=["id", column]))


def test_every_export_is_audited_with_its_rows(segment):
    user = user_with("export_members")

    b"".join(export_members(segment, "csv", user=user, columns=["id"]))

    audit = ExportAudit.objects.get()
    assert (audit.user, audit.username, audit.segment_code) == (user, "merchant", "all")
    assert (audit.format, audit.columns, audit.rows, audit.raw) == ("csv", ["id"], 2, False)
    # One deed, one row: the audit log does not say it once more.
    assert not AuditEntry.objects.filter(action="exported").exists()


def test_an_export_that_is_broken_off_is_audited(segment):
    chunks = export_members(segment, "csv", user=None)
    next(chunks)
    chunks.close()

    assert ExportAudit.objects.get().rows == 0


def test_a_database_that_cannot_answer_is_known_before_the_answer_begins(segment, monkeypatch):
    def too_long(document, _counts, **_more):
        yield document.head
        raise OperationalError("canceling statement due to statement timeout")

    monkeypatch.setattr(Document, "chunks", too_long)
    with pytest.raises(OperationalError):
        export_members(segment, "csv", user=None).begin()
    assert ExportAudit.objects.get().rows == 0


def test_what_was_read_to_begin_is_not_lost(segment):
    whole = b"".join(export_members(segment, "csv", user=None))
    stream = export_members(segment, "csv", user=None)
    stream.begin()
    assert b"".join(stream) == whole
    assert whole.count(b"\n") > 1


def test_exporting_needs_the_permission_and_raw_its_own(segment):
    without, user = User.objects.create_user("nobody"), user_with("export_members")

    with pytest.raises(PermissionDenied):
        export_members(segment, "csv", user=without)
    with pytest.raises(PermissionDenied):
        export_members(segment, "csv", user=user, raw=True)
    user.user_permissions.add(Permission.objects.get(codename="export_raw_members"))
    assert may_export(User.objects.get(pk=user.pk), raw=True)


def test_the_shop_may_name_the_groups_that_export(segment, settings):
    settings.EXPORT_GROUPS = ["Marketing"]
    user = user_with("export_members")

    assert not may_export(user)
    user.groups.add(Group.objects.create(name="Marketing"))
    assert may_export(user)


def test_an_export_beyond_the_row_limit_is_refused(segment, settings):
    settings.EXPORT_ROW_LIMIT = 1
    with pytest.raises(ExportRefused):
        export(segment)
    settings.EXPORT_ROW_LIMIT = 2
    assert export(segment)


def test_those_who_do_not_accept_marketing_are_left_out_where_the_shop_says_so(segment, settings):
    Customer.objects.filter(external_id="1").update(accepts_marketing=True)
    settings.EXPORT_ONLY_ACCEPTING_MARKETING = True

    assert export(segment, columns=["id"]) == b"id\r\n1\r\n"
