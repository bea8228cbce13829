"""Another key may be of another account; two syncs by one key keep no list together."""

import pytest

from campaigns.editing.syncs import SYNCS
from campaigns.models import AudienceSync, SyncMember
from campaigns.syncs import pushing
from campaigns.tests.syncs.conftest import in_full, states
from campaigns.tests.syncs.servers import PROGRAMS, serving
from core.problems import Invalid

pytestmark = pytest.mark.django_db


@pytest.fixture
def sync(program, make_sync, segment, make_subscriber, put_into, clock):
    """A sync whose list has two."""
    put_into(segment, make_subscriber("anna"), make_subscriber("bert"))
    return in_full(make_sync(program, segment))


@pytest.fixture
def other_account(program, settings):
    """The same program, with another account: nobody is in its list yet."""
    other = PROGRAMS[program.name]()
    other.key = f"other{program.key}"
    # Its names for people are not those of the first.
    other.put("somebody@else.example"), other.put("else@shop.example")
    with serving(other) as host:
        settings.SYNC_HOSTS = {program.name: host}
        yield other
    assert other.forbidden == []


@pytest.mark.parametrize("is_renamed", [True, False])
def test_by_another_key_everybody_is_told_again(
    sync, other_account, monkeypatch, segment, change, is_renamed
):
    name = "SYNC_KEY_NEW" if is_renamed else "SYNC_KEY_TEST"
    monkeypatch.setenv(name, other_account.key)
    if is_renamed:
        SYNCS.change(sync, {"key_variable": name}, author=None)
    in_full(sync)
    assert other_account.listed() == ["anna@shop.example", "bert@shop.example"]
    assert states(sync) == ["there", "there"]
    ids = {one.id for one in other_account.contacts.values() if one.id in other_account.members}
    assert set(SyncMember.objects.values_list("remote_id", flat=True)) == ids


def test_by_the_same_key_nobody_is_told_again(program, sync, monkeypatch, settings):
    told = len(program.requests)
    monkeypatch.setenv("SYNC_KEY_NEW", program.key)
    AudienceSync.objects.update(key_variable="SYNC_KEY_NEW")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "new"
    in_full(sync)
    assert len(program.requests) == told
    assert program.key not in str(AudienceSync.objects.values_list())


def test_two_variables_with_one_key_keep_no_list_together(
    program, sync, make_sync, make_segment, monkeypatch
):
    if program.name == "mailchimp":
        return  # There each segment has its tag.
    other = make_segment("other")
    # Where it is saved, the second is not set; where the worker runs, it is.
    second = make_sync(program, other, key_variable="SYNC_KEY_SECOND")
    monkeypatch.setenv("SYNC_KEY_SECOND", program.key)
    told = len(program.requests)
    in_full(second)
    assert second.state == "stopped" and str(sync.pk) in second.error
    assert len(program.requests) == told
    with pytest.raises(Invalid) as refused:
        SYNCS.change(second, {}, author=None)
    assert [(one.path, one.code) for one in refused.value.problems] == [("list", "list_taken")]
    AudienceSync.objects.filter(pk=sync.pk).update(is_active=False)
    AudienceSync.objects.filter(pk=second.pk).update(is_active=True, error="")
    in_full(second)
    assert second.state == "active"


def test_attempts_are_counted_as_far_as_there_is_room(program, sync, segment, change):
    member = SyncMember.objects.first()
    change(segment, member.customer, "left")
    SyncMember.objects.update(attempts=pushing.MOST_ATTEMPTS)
    in_full(sync)
    assert states(sync) == ["gone", "there"]
    member.refresh_from_db()
    assert member.attempts == pushing.MOST_ATTEMPTS
