"""Which sender a store's mail has: its own, else the default sender, else it waits."""

from functools import partial

import pytest

from campaigns.audience.senders import sender_of
from campaigns.editing.senders import SENDERS
from campaigns.models import MailSender
from campaigns.sending import send_due
from campaigns.tests.conftest import AT
from campaigns.tests.sequences.rows import states
from core.problems import Invalid
from customers.models import Store, Website

pytestmark = pytest.mark.django_db
SENDER = {"from_name": "", "reply_to": "", "postal_address": "1 Main Street"}


@pytest.fixture
def save(sender):
    """Return a function that saves the sender of a store."""

    def save(store, **values):
        values = SENDER | {"from_email": f"{store.code}@shop.example"} | values
        return SENDERS.save(MailSender(store=store), values, author=None).row

    return save


@pytest.fixture
def bern():
    """A second store."""
    return Store.objects.create(code="bern", name="Bern", website=Website.objects.get())


@pytest.fixture
def two_stores(make_sequence, make_subscriber, enter, bern):
    """A sequence that has a mail for each of two stores; the first has a sender."""
    sequence = make_sequence(0)
    enter(make_subscriber("1", store="bern"), make_subscriber("2"))
    return sequence


def test_only_mails_of_the_store_without_sender_wait(two_stores, mail, admin_client):
    assert send_due(as_of=AT).sent == 1
    assert [state for _step, state, _reason in states(sequence=two_stores)] == ["scheduled", "sent"]
    two_stores.refresh_from_db()
    assert not two_stores.pause_reason
    page = admin_client.get("/admin/campaigns/sequence/")
    assert "1 mail waits: its store has no sender" in page.content.decode()


def test_default_sender_serves_stores_without_one(two_stores, mail, save, bern):
    default = Store.objects.get(code="default")
    save(default, is_default=True)
    assert send_due(as_of=AT).sent == 2
    assert {one["From"] for one in mail} == {"default@shop.example"}


def test_name_of_a_sender_has_joiners(save):
    name = "می\u200cخواهم 👩\u200d👧"
    assert save(Store.objects.get(), from_name=name).from_name == name


def test_own_sender_goes_before_the_default(two_stores, mail, save, bern):
    save(Store.objects.get(code="default"), is_default=True)
    save(bern)
    send_due(as_of=AT)
    assert {one["From"] for one in mail} == {"default@shop.example", "bern@shop.example"}


def test_there_is_one_default_sender(save, bern):
    default = partial(MailSender.objects.get, is_default=True)
    save(Store.objects.get(code="default"), is_default=True)
    save(bern, is_default=True)
    assert default().store == bern
    save(bern, from_name="Bern")
    assert default().store == bern
    with pytest.raises(Invalid, match="needs an address"):
        save(bern, postal_address=" ")
    assert default().from_name == "Bern"


def test_the_former_default_sender_is_named(save, bern):
    save(Store.objects.get(code="default"), is_default=True)
    values = SENDER | {"from_email": "bern@shop.example", "is_default": True}
    (warning,) = SENDERS.save(MailSender(store=bern), values, author=None).warnings
    name = Store.objects.get(code="default").name
    assert (warning.code, f"the one of “{name}” no longer is" in warning.message) == (
        *("replaces_default", True),
    )
    again = SENDERS.save(MailSender(store=bern), values | {"from_name": "Bern"}, author=None)
    assert again.warnings == ()


def test_former_default_sender_stays_at_a_named_store(save, bern):
    default = Store.objects.get(code="default")
    Store.objects.create(code="free", name="Free", website=bern.website)
    save(default, is_default=True)
    values = SENDER | {"from_email": "new@shop.example", "is_default": True}

    saved = SENDERS.save(MailSender(store=bern), values, author=None)

    assert f"“{default.name}” keeps its sender" in saved.warnings[0].message
    kept = MailSender.objects.get(store=default)
    assert (kept.from_email, kept.is_default) == ("default@shop.example", False)
    # The warning names the way back.
    save(default, from_email="")
    assert {sender_of(one.pk) for one in Store.objects.all()} == {saved.row}


def test_own_sender_moves_the_default_of_its_store(save, bern):
    default = Store.objects.get(code="default")
    sender = save(default, is_default=True, main_color="#4350d6")
    change = {"from_email": "own@shop.example", "is_default": False}

    own = SENDERS.change(sender, change, author=None)

    assert [(one.code, bern.name in one.message) for one in own.warnings] == [
        ("default_moved", True)
    ]
    assert sender_of(default.pk) == own.row
    assert (own.row.main_color, own.row.version > sender.version) == ("#4350d6", True)
    moved = sender_of(bern.pk)
    assert (moved.pk, moved.from_email, moved.is_default) == (
        *(sender.pk, "default@shop.example", True),
    )
    # No store is left to which the default sender could move.
    last = SENDERS.change(moved, {"is_default": False}, author=None)
    assert [one.code for one in last.warnings] == ["no_default"]
    assert sender_of(bern.pk).from_email == "default@shop.example"
    assert not MailSender.objects.filter(is_default=True).exists()
