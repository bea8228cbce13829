"""The laws of every resource, for campaigns, sequences, syncs and senders."""

import pytest

from campaigns.api.campaigns import MAIL_CAMPAIGNS
from campaigns.api.lists import MAIL_SENDERS
from campaigns.api.sequences import MAIL_SEQUENCES
from campaigns.api.syncs import AUDIENCE_SYNCS
from campaigns.models import MailSender
from campaigns.tests.sequences.rows import new_step
from core.tests.contract import ResourceLaws
from customers.models import Store, Website


@pytest.mark.django_db
class TestCampaigns(ResourceLaws):
    """Read, written, refused, audited and deleted as every resource, while it is a draft."""

    api = MAIL_CAMPAIGNS
    least = {"code": "spring", "name": "Spring", "template": "letter", "stores": ["default"]}
    change = {"segments": ["vip"], "coupon_rule": "ten", "send_at": "2026-05-02T09:00:30Z"}
    wrong = ({"segments": ["swiss"]}, "segments[0]", "segment_outside_stores")
    naming = {"coupon_rule": "ten"}

    @pytest.fixture(autouse=True)
    def _shop(self, make_template, make_segment, rule):
        self.template, self.rule = make_template("letter"), rule
        make_segment("vip")
        Website.objects.create(code="ch", name="Schweiz")
        make_segment("swiss", websites=["ch"])

    def named(self):
        return [self.template, self.rule]


@pytest.mark.django_db
class TestSequences(ResourceLaws):
    """Read, written with its steps, refused, audited and deleted as every resource."""

    api = MAIL_SEQUENCES
    least = {"segment": "vip", "trigger": "enter"}
    change = {"reentry": "never", "max_sends": 3}
    wrong = ({"steps": [new_step(1, -1, "letter")]}, "steps[0].delay_minutes", "delay")
    naming = {"steps": [new_step(1, 0, "letter", coupon_rule="ten")]}

    def other(self, number):
        return {**self.least, "segment": f"vip-{number}"}

    @pytest.fixture(autouse=True)
    def _segments(self, make_template, make_segment, rule):
        self.template, self.rule = make_template("letter"), rule
        for code in ("vip", "vip-0", "vip-1", "vip-2"):
            make_segment(code)

    def named(self):
        return [self.template, self.rule]


@pytest.mark.django_db
class TestSyncs(ResourceLaws):
    """Read, written, refused, audited and deleted as every resource, while it is off."""

    api = AUDIENCE_SYNCS
    least = {"segment": "vip", "target": "brevo", "list": "7", "key_variable": "SYNC_KEY_A"}
    least |= {"is_active": False}
    change = {"key_variable": "SYNC_KEY_B"}
    wrong = ({"list": "7 8"}, "list", "invalid")

    def other(self, number):
        return {**self.least, "list": str(number + 1)}

    @pytest.fixture(autouse=True)
    def _segment(self, make_segment):
        make_segment("vip")


@pytest.mark.django_db
class TestSenders(ResourceLaws):
    """Read, set, refused and audited as every resource; PUT makes that of a store without one."""

    api = MAIL_SENDERS
    least = {"from_email": "news@shop.example", "postal_address": "Town", "is_default": True}
    change = {"from_name": "Shop"}
    wrong = ({"postal_address": " "}, "is_default", "incomplete")
    row_path = "mail-senders/default/"

    def create(self, body):
        new = MailSender(store=Store.objects.get(code="default"))
        return self.api.resource.save(new, body, author=None).row

    def lock_of(self, row):
        return row.store

    def make(self, body=None):
        answer = self.send("PUT", self.row_path, body or self.least)
        assert answer.status_code == 200, answer.content
        return answer
