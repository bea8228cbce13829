"""Rules of recommendations, the inspector and interests in the admin."""

import pytest
from django.contrib.auth.models import Permission, User

from customers.models import AuditEntry, Product, Website
from personalization.models import ListInUse, PersonalizationRule, RecommendationVersion
from personalization.recommend.nightly import fit_recommendations
from personalization.tests.recommend.rows import AT, bought

RULES = "/admin/personalization/personalizationrule/"
INSPECTOR = "/admin/personalization/recommendationversion/"
LISTS = "/admin/personalization/listinuse/"
INTERESTS = "/admin/personalization/interestshare/"
SAID = {
    "name": "Not again",
    "code": "not-again",
    "is_active": "on",
    "exclude": "A\r\n\r\n B ",
    "brands": "",
    "categories": "",
    "contexts": ["homepage", "cart"],
    "priority": "5",
    "bought_recently_days": "30",
    "min_margin": "0.25",
    "max_per_category": "",
    "prefer_high_margin": "true",
    "respect_brand_preferences": "unknown",
    "website": "",
    "audience_kind": "",
    "conditions": "",
    "starts_at": "",
    "ends_at": "",
}
pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant(client):
    def merchant(*rights):
        user = User.objects.create_user(f"m{User.objects.count()}", is_staff=True)
        user.user_permissions.add(*Permission.objects.filter(codename__in=rights))
        client.force_login(user)
        return client

    return merchant


@pytest.fixture
def editor(merchant):
    rights = ("view", "add", "change", "delete")
    return merchant(*(f"{one}_personalizationrule" for one in rights))


def test_a_rule_is_made_as_it_is_typed(editor):
    assert editor.post(f"{RULES}add/", SAID).status_code == 302
    rule = PersonalizationRule.objects.get()
    assert (rule.exclude, rule.contexts, rule.priority) == (["A", " B "], ["homepage", "cart"], 5)
    assert (rule.bought_recently_days, str(rule.min_margin)) == (30, "0.2500")
    assert (rule.prefer_high_margin, rule.respect_brand_preferences) == (True, None)
    page = f"{RULES}{rule.pk}/change/"
    shown = editor.get(page).context["adminform"].form
    assert shown["exclude"].value() == "A\n B "


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"categories": "none"}, "categories"),
        ({"min_margin": "2"}, "min_margin"),
        ({"min_margin": "1e99999"}, "min_margin"),
        ({"bought_recently_days": "1,000"}, "bought_recently_days"),
        ({"max_per_category": "-1"}, "max_per_category"),
        ({"code": "No"}, "code"),
        ({"exclude": "x" * 300}, "exclude"),
        ({"audience_kind": "is", "segment_codes": []}, "segment_codes"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(editor, values, field):
    page = editor.post(f"{RULES}add/", SAID | values)
    assert page.status_code == 200
    assert field in page.context["adminform"].form.errors
    assert not PersonalizationRule.objects.exists()


def test_what_is_not_there_is_kept_and_said(editor):
    Product.objects.create(sku="A", name="A", price=10)
    sent = SAID | {"exclude": "A\r\nB\r\nC", "brands": "Acne"}
    page = editor.post(f"{RULES}add/", sent, follow=True).content.decode()
    assert "No product is or has “B”, “C”: look whether it is spelled so." in page
    assert "No product is or has “Acne”: look whether it is spelled so." in page
    assert PersonalizationRule.objects.get().exclude == ["A", "B", "C"]


def test_a_website_that_is_gone_is_kept_and_said(editor):
    Website.objects.create(code="old", name="Old")
    editor.post(f"{RULES}add/", SAID | {"website": "old"})
    Website.objects.filter(code="old").delete()
    rule = PersonalizationRule.objects.get()
    page = editor.get(f"{RULES}{rule.pk}/change/")
    assert "old (gone or inactive)" in page.content.decode()


def test_the_inspector_says_what_and_why(merchant, make_customer):
    one = make_customer("C1")
    looker = merchant("view_recommendations")
    assert looker.get(INSPECTOR).status_code == 200
    page = looker.get(INSPECTOR, {"customer": one.external_id, "sku": "", "context": ""})
    assert page.status_code == 200
    # Nothing was bought yet: what stands in place of personal ones is not called so.
    names = [str(name) for name, _items in page.context["lists"]]
    assert names == ["Popular, in place of personal ones", "Trending"]
    assert AuditEntry.objects.filter(action="viewed", name="C1").exists()
    for wrong in ({"customer": "nobody", "sku": ""}, {"customer": "", "sku": "none"}):
        assert "There is no" in looker.get(INSPECTOR, wrong).content.decode()
    assert looker.get(INSPECTOR, {"customer": "a\0", "sku": ""}).status_code == 200


def test_inspector_finds_customers_by_e_mail_for_readers_of_personal_data(merchant, make_customer):
    make_customer("C1", email="ada@example.com")
    asked = {"customer": "Ada@example.com", "sku": "", "context": ""}
    for rights, is_found in (([], False), (["view_personal_data"], True)):
        page = merchant("view_recommendations", *rights).get(INSPECTOR, asked)
        assert ("lists" in page.context) is is_found


def test_lists_say_who_serves_and_take_a_reason(merchant):
    looker = merchant("view_recommendations")
    assert "Nothing was measured yet" in looker.get(LISTS).content.decode()
    for number in range(3):
        bought(str(number), "a", "b")
    fit_recommendations(AT)
    page = looker.get(LISTS).content.decode()
    assert "Too few customers bought in the last 28 days to measure" in page
    assert '<form method="post"' not in page.split("content-main")[1]
    version = RecommendationVersion.objects.get(algorithm="cosine")
    sent = {"version": version.number, "reason": "Our shop is too young."}
    assert looker.post(LISTS, sent).status_code == 403
    editor = merchant("view_recommendations", "change_recommendationversion")
    refused = editor.post(LISTS, sent | {"reason": ""}, follow=True).content.decode()
    assert "to promote it, give a reason" in refused
    done = editor.post(LISTS, sent, follow=True).content.decode()
    assert "Somebody promoted it: Our shop is too young." in done
    assert ListInUse.objects.get(wish="discover").version == version
    gone = editor.post(LISTS, {"version": "x"}, follow=True).content.decode()
    assert "There is no such version any more." in gone


def test_interests_of_all(merchant):
    looker = merchant("view_profile")
    page = looker.get(INTERESTS)
    assert page.status_code == 200
    assert "Nobody has done anything with products of a brand yet." in page.content.decode()


@pytest.mark.parametrize("page", [RULES, INSPECTOR, INTERESTS, LISTS])
def test_others_may_not(merchant, page):
    assert merchant("view_segment").get(page).status_code == 403


def test_the_history_has_values_in_words(editor, make_segment):
    """It alone shows JSON of a version that is neither text nor number to people."""
    make_segment("VIP", code="vip")
    editor.post(f"{RULES}add/", SAID)
    rule = PersonalizationRule.objects.get()
    change = {"audience_kind": "is", "segment_codes": ["vip"], "contexts": [], "is_active": ""}
    opened = {"opened_version": rule.version}
    assert editor.post(f"{RULES}{rule.pk}/change/", SAID | opened | change).status_code == 302
    (_number, changes), _first = editor.get(f"{RULES}{rule.pk}/history/").context["versions"]
    assert [(before, after) for _label, before, after in changes] == [
        ("yes", "no"), ("homepage, cart", "–"), ("everybody", "members of vip"),
    ]  # fmt: skip
