"""A segment, its members, and a program with a list that a sync keeps."""

from zlib import crc32

import pytest

from campaigns.editing.syncs import SYNCS
from campaigns.models import SyncMember
from campaigns.syncs.sync_runs import run_sync
from campaigns.tests.syncs.servers import PROGRAMS, serving
from customers.models import NewsletterSubscription
from segments.models import Membership, MembershipChange, Segment

# In the default tier these ask one program, in turn; others, each program the first case of a test.
IN_TURN = {"test_consent", "test_privacy"}


def pytest_itemcollected(item):
    """Leave to --all most programs of all but the first case of a test.

    SQL does not depend on the program: PostgreSQL is asked with the first of them alone.
    """
    indices = dict(getattr(getattr(item, "callspec", None), "indices", {}))
    if "program" not in indices:
        return
    program = indices.pop("program")
    case = sum(indices.values())
    turn = crc32(item.originalname.encode()) + case
    if (case or item.path.stem in IN_TURN) and program != turn % len(PROGRAMS):
        item.add_marker(pytest.mark.exhaustive)
    if program:
        item.add_marker(pytest.mark.once)


@pytest.fixture(params=list(PROGRAMS))
def program(request, settings, monkeypatch):
    """Each of the three programs, on a socket."""
    name = request.param
    made = PROGRAMS[name]()
    made.name = name
    monkeypatch.setenv("SYNC_KEY_TEST", made.key)
    with serving(made) as host:
        settings.SYNC_HOSTS = {name: host}
        yield made
    assert made.forbidden == []


@pytest.fixture
def segment(make_segment):
    segment = make_segment("vip")
    # Members are put in by hand; nobody counts them.
    Segment.objects.update(members_count=100)
    return segment


@pytest.fixture
def make_sync(db):
    """Return a function that stores a sync of a segment with the list of a program."""

    def make(program, segment, **values):
        definition = {
            "segment": segment.code,
            "target": program.name,
            "list": program.list_id,
            "key_variable": "SYNC_KEY_TEST",
        } | values
        return SYNCS.create(definition, author=None).row

    return make


@pytest.fixture
def change(db, clock):
    """Return a function by which customers enter or leave a segment, into the log, too."""

    def change(segment, customer, kind):
        if kind == "entered":
            Membership.objects.create(segment=segment, customer=customer, entered_at=clock())
        else:
            Membership.objects.filter(segment=segment, customer=customer).delete()
        MembershipChange.objects.create(
            segment=segment, customer_id=customer.pk, kind=kind, reason="refresh", at=clock()
        )

    return change


def in_full(sync):
    """Work on a sync until there is nothing left to do at once."""
    while run_sync(sync.pk):
        pass
    sync.refresh_from_db()
    return sync


def states(sync):
    """Return the states of those whom a sync knows, in the order of their rows."""
    return list(SyncMember.objects.filter(sync=sync).order_by("pk").values_list("state", flat=True))


def unsubscribe(customer):
    NewsletterSubscription.objects.filter(customer=customer).update(status="unsubscribed")
