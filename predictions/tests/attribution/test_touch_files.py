"""The import of touches: the rules of a shop's files, and what a touch is known by."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from customers.imports.problems import ImportRefused
from customers.imports.shop_csv import import_shop
from customers.merging import merge_guest
from customers.models import Consent, ConsentState, Customer, Purpose
from customers.privacy.erasing import go_on, request_erasure
from customers.tests.imports.importing import counts
from predictions.attribution.touch_files import import_touches
from predictions.models import Touch, TouchCampaign
from predictions.tests.touching import make_campaign, make_touch

CAMPAIGNS = "code,name,channel,cost,starts_at,ends_at\nspring,Spring,email,12.5,2026-03-01,\n"
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def directory(tmp_path):
    """Return a function that writes files (name = content) and returns their directory."""

    def write(**files):
        for name in ("campaigns", "touches"):
            (tmp_path / f"{name}.csv").unlink(missing_ok=True)
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            (tmp_path / f"{name}.csv").write_bytes(data)
        return tmp_path

    return write


@pytest.fixture
def imported(directory):
    return lambda **files: import_touches(directory(**files))


@pytest.fixture
def problems(imported):
    def found(**files):
        with pytest.raises(ImportRefused) as refusal:
            imported(**files)
        assert not Touch.objects.exists()
        return [str(problem) for problem in refusal.value.problems]

    return found


@pytest.fixture
def people(db, make_customer):
    return [make_customer(number) for number in ("A", "B", "C")]


def stored():
    rows = Touch.objects.order_by("customer__external_id", "at", "group", "external_id")
    return list(
        rows.values_list("customer__external_id", "campaign__code", "at", "group", "external_id")
    )


def test_campaigns_and_touches_are_stored(people, imported):
    report = imported(
        campaigns=CAMPAIGNS + "plain,Plain,,0,,\n",
        touches="customer,campaign,at,group\nA,spring,2026-03-02T12:00:00Z,\n"
        "B,spring,2026-03-02T13:00:00+01:00,held_out\nC,plain,2026-03-02,contacted\n",
    )
    assert [counts(report, name) for name in ("campaigns", "touches")] == [
        (2, 2, 0, 0, 0),
        (3, 3, 0, 0, 0),
    ]
    assert list(
        TouchCampaign.objects.order_by("code").values_list("code", "channel", "cost", "starts_at")
    ) == [
        ("plain", "other", Decimal(0), None),
        ("spring", "email", Decimal("12.5"), datetime(2026, 3, 1, tzinfo=UTC)),
    ]
    assert stored() == [
        ("A", "spring", AT, "contacted", ""),
        ("B", "spring", AT, "held_out", ""),
        ("C", "plain", datetime(2026, 3, 2, tzinfo=UTC), "contacted", ""),
    ]


def test_the_directory_of_a_shop_may_hold_them(db, directory):
    """Merchants upload them with their shop: customers of the same directory are known."""
    customers = "id,website,group,registered_at\nNEW,default,general,2026-01-01T00:00:00Z\n"
    touches = "customer,campaign,at\nNEW,spring,2026-03-02T12:00:00Z\n"
    folder = directory(campaigns=CAMPAIGNS, touches=touches)
    (folder / "customers.csv").write_text(customers)

    import_shop(folder)

    touch = Touch.objects.get()
    assert (touch.customer.external_id, touch.campaign.code) == ("NEW", "spring")


def test_importing_again_changes_nothing_and_newer_rows_update_by_key(people, imported):
    touches = (
        "id,customer,campaign,at,group\n,A,spring,2026-03-02T12:00:00Z,\n"
        "1,A,spring,2026-03-02T12:00:00Z,\n2,B,spring,2026-03-02T12:00:00Z,held_out\n"
    )
    imported(campaigns=CAMPAIGNS, touches=touches)
    before = set(Touch.objects.values_list())
    report = imported(campaigns=CAMPAIGNS, touches=touches)
    assert counts(report, "campaigns") == (1, 0, 0, 1, 0)
    assert counts(report, "touches") == (3, 0, 0, 3, 0)
    assert set(Touch.objects.values_list()) == before
    # An absent column leaves what is stored, an empty cell clears it; who has no number is new.
    report = imported(
        campaigns="code,name,channel,cost\nspring,Late spring,,13\n",
        touches="id,customer,campaign,at\n2,C,spring,2026-03-02T12:00:00Z\n"
        "1,A,spring,2026-03-02T12:00:00Z\n,A,spring,2026-03-02T12:00:01Z\n",
    )
    assert counts(report, "touches") == (3, 1, 1, 1, 0)
    assert stored()[-1] == ("C", "spring", AT, "held_out", "2")
    assert len(stored()) == 4
    campaign = TouchCampaign.objects.get()
    assert (campaign.name, campaign.channel, campaign.cost) == ("Late spring", "other", 13)
    assert campaign.starts_at is not None
    report = imported(touches="id,customer,campaign,at,group\n2,C,spring,2026-03-02T12:00:00Z,\n")
    assert counts(report, "touches") == (1, 0, 1, 0, 0)
    assert stored()[-1] == ("C", "spring", AT, "contacted", "2")


def test_every_bad_row_is_named_and_nothing_is_written(people, problems):
    touches = (
        "customer,campaign,at,group,id\n"
        "A,spring,2026-03-02,,1\n"
        "X,spring,2026-03-02,,\n"
        "A,none,2026-03-02,,\n"
        ",spring,2026-03-02,,\n"
        "A,spring,yesterday,,\n"
        "A,spring,2026-03-02,other,\n"
        "B,spring,2026-03-02,,1\n"
        "A,spring,2026-03-02,,\n"
        "A,spring,2026-03-02,contacted,\n"
        f"A,spring,2026-03-02,,{'9' * 65}\n"
        "A,spring,10000-01-01,,\n"
    )
    found = problems(campaigns=CAMPAIGNS, touches=touches)
    # The instant is written as the database writes it.
    twice = found.pop(6)
    assert re.fullmatch(
        r'touches\.csv:10: customer / campaign / at / group: "A / 2026-03-02 00:00:00\S*'
        ' / contacted" stands twice',
        twice,
    )
    assert found == [
        'touches.csv:3: customer: "X" is not known',
        'touches.csv:4: campaign: "none" is not known',
        "touches.csv:5: customer: is missing",
        'touches.csv:6: at: "yesterday" is not an ISO 8601 time',
        'touches.csv:7: group: "other" is not one of the choices',
        'touches.csv:8: id: "1" stands twice',
        f'touches.csv:11: id: "{"9" * 65}" is too long',
        'touches.csv:12: at: "10000-01-01" is not an ISO 8601 time',
    ]
    assert not TouchCampaign.objects.exists()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("mail:x,Mail,,1", 'code: "mail:x" may not have a ":"'),
        ("x,Name,,-1", 'cost: "-1" is less than 0'),
        ('x,Name,,"1,000"', 'cost: "1,000" is not a number'),
        ("x,Name,,1e99999", 'cost: "1e99999" is not a number'),
        ("x,Name,,NaN", 'cost: "NaN" is not a number'),
        ("x,Name,,1000000001", 'cost: "1000000001" is not within ±1,000,000,000'),
        ("x,Name,,0.00001", 'cost: "0.00001" has more than 4 decimals'),
        ("x,Name,,", "cost: is missing"),
        (",Name,,1", "code: is missing"),
        ("x,,,1", "name: is missing"),
        ("x,Na\0me,,1", "name: has a NUL character"),
        (f"{'x' * 65},Name,,1", f'code: "{"x" * 65}" is too long'),
    ],
)
def test_bad_campaigns_are_refused(people, problems, row, said):
    found = problems(campaigns=f"code,name,channel,cost\n{row}\n", touches="customer,campaign,at\n")
    assert found == [f"campaigns.csv:2: {said}"]


def test_touches_of_a_refused_campaign_are_no_problem_of_their_own(people, directory, tmp_path):
    files = directory(
        campaigns="code,name,cost\nbad,Bad,x\ngood,Good,1\n",
        touches="customer,campaign,at\nA,bad,2026-03-02\nB,good,2026-03-02\nX,good,2026-03-02\n",
    )
    with pytest.raises(ImportRefused) as refusal:
        import_touches(files)
    assert [problem.file for problem in refusal.value.problems] == ["campaigns.csv", "touches.csv"]
    output = tmp_path / "refused.txt"
    report = import_touches(files, skip_bad_rows=output)
    assert counts(report, "touches") == (3, 1, 0, 0, 2)
    assert [one[0] for one in stored()] == ["B"]
    assert "bad" in output.read_text() and "X" in output.read_text()
    with pytest.raises(FileExistsError):
        import_touches(files, skip_bad_rows=files / "touches.csv")


@pytest.mark.parametrize(
    ("campaigns", "touches", "said"),
    [
        ("code,name\n", None, "campaigns.csv:1: cost: this column is missing"),
        ("code,name,cost,budget\n", None, "campaigns.csv:1: budget: unknown column"),
        (None, "customer,campaign\n", "touches.csv:1: at: this column is missing"),
        (None, "customer,campaign,at,email\n", "touches.csv:1: email: unknown column"),
        (None, b"", "touches.csv: has no header row"),
        (
            None,
            b"customer,campaign,at\nA,s\xff,2026-01-01\n",
            "touches.csv:2: campaign: The file is not written in UTF-8; save it in Excel as "
            "“CSV UTF-8” and send that.",
        ),
    ],
)
def test_files_that_are_none_are_refused(people, problems, campaigns, touches, said):
    files = {"campaigns": campaigns, "touches": touches}
    found = problems(**{name: one for name, one in files.items() if one is not None})
    assert said in found


def test_the_command_says_what_it_did(people, directory):
    files = directory(campaigns=CAMPAIGNS, touches="customer,campaign,at\nA,spring,2026-03-02\n")
    (files / "toches.csv").write_text("x\n")
    (files / "customers.csv").write_text("id\n")
    output = StringIO()
    call_command("import_touches", str(files), stdout=output)
    said = output.getvalue()
    assert "campaigns.csv" in said and "touches.csv" in said
    assert "toches.csv is not a file of a shop: ignored" in said and "customers.csv" not in said
    (files / "touches.csv").write_text("customer,campaign,at\nX,spring,2026-03-02\n")
    with pytest.raises(CommandError, match='touches.csv:2: customer: "X" is not known'):
        call_command("import_touches", str(files))
    with pytest.raises(CommandError, match="There is no directory"):
        call_command("import_touches", str(files / "none"))


def test_a_number_is_given_once(people):
    campaign = make_campaign("spring")
    make_touch(people[0], campaign, AT, number="1")
    make_touch(people[0], campaign, AT)
    make_touch(people[0], campaign, AT, number="2")
    for touch in ({"number": "1"}, {}):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_touch(people[0], campaign, AT, **touch)


# Privacy ----------------------------------------------------------------------------------------


def test_a_merge_moves_touches_and_counts_the_same_one_once(people, make_customer):
    guest = make_customer("guest", kind="guest")
    campaign, other = make_campaign("spring"), make_campaign("autumn")
    make_touch(people[0], campaign, AT)
    for touch in ({"campaign": campaign}, {"campaign": campaign, "group": "held_out"}):
        make_touch(guest, at=AT, **touch)
    make_touch(guest, other, AT)
    make_touch(guest, campaign, AT, number="7")
    merge_guest("guest", "A")
    assert sorted(stored()) == [
        ("A", "autumn", AT, "contacted", ""),
        ("A", "spring", AT, "contacted", ""),
        ("A", "spring", AT, "contacted", "7"),
        ("A", "spring", AT, "held_out", ""),
    ]
    assert not Customer.objects.filter(external_id="guest").exists()


def test_a_deletion_takes_the_touches_a_refusal_does_not(people):
    campaign = make_campaign("spring")
    for customer in people:
        make_touch(customer, campaign, AT)
    Consent.objects.create(
        customer=people[0],
        purpose=Purpose.PERSONALIZATION,
        state=ConsentState.REFUSED,
        source="test",
        at=AT,
    )
    people[1].delete()
    assert [row[0] for row in stored()] == ["A", "C"]


def test_an_erasure_takes_the_touches_and_leaves_later_ones_out(people, imported):
    touches = "customer,campaign,at\nA,spring,2026-03-02\nB,spring,2026-03-02\n"
    imported(campaigns=CAMPAIGNS, touches=touches)
    go_on(request_erasure(people[0], "anonymize", author=None).pk)
    assert [row[0] for row in stored()] == ["B"]
    report = imported(touches=touches)
    assert [(one.unchanged, one.erased, one.refused) for one in report.files] == [(1, 1, 0)]
