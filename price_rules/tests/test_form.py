"""The form of a rule: what it makes of itself, what it refuses, what it says of its numbers."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from core.clock import now
from customers.models import AuditEntry, Store, Website
from price_rules.admin.batches import BatchForm
from price_rules.admin.try_cart import CartForm
from price_rules.coupons.batches import Wanted, begin_batch, make_coupons
from price_rules.models import CartPriceRule, Coupon
from price_rules.till.redemption import redeem, release

pytestmark = pytest.mark.django_db
ADD = "admin:price_rules_cartpricerule_add"


@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


def folded(response):
    """Return whether the sections of both builders are folded."""
    parts = [(one.fields, one.classes) for one in response.context["adminform"]]
    return [
        "collapse" in classes for (name, *_), classes in parts if name in ("items", "conditions")
    ]


def send(client, **values):
    usual = {"name": "Ten off", "action": "percent", "value": "10", "coupon": "none"}
    usual |= dict.fromkeys(("priority", "uses_total", "uses_per_customer"), "0")
    usual |= dict.fromkeys(("max_quantity", "buy", "get"), "0")
    return client.post(reverse(ADD), usual | values)


def test_moments_are_never_guessed():
    for form, name in ((BatchForm, "expires_at"), (CartForm, "as_of")):
        assert name not in form({name: "2026-02-01T10:00"}).errors
        for text in ("01/02/2026", "2026-02-01"):
            assert "such as 2026-04-10 12:00" in str(form({name: text}).errors[name])


def test_numbers_are_read_in_the_language_of_the_page(boss):
    boss.cookies["django_language"] = "de"
    assert send(boss, value="7,5", min_subtotal="1.250,50").status_code == 302
    rule = CartPriceRule.objects.get()
    assert (rule.value, rule.min_subtotal) == (Decimal("7.5"), Decimal("1250.5"))
    shown = boss.get(reverse("admin:price_rules_cartpricerule_change", args=[rule.pk]))
    assert 'value="7,5"' in shown.content.decode()
    for name, text in (("value", "1.125"), ("uses_total", "1.000"), ("uses_total", "2,5")):
        errors = send(boss, **{name: text}).context["adminform"].form.errors
        assert set(errors) == {name}, (name, text)


def test_pieces_may_have_parts(boss):
    boss.cookies["django_language"] = "de"
    assert send(boss, max_quantity="0,5").status_code == 302
    rule = CartPriceRule.objects.get()
    assert rule.most_pieces == Decimal("0.5")
    shown = boss.get(reverse("admin:price_rules_cartpricerule_change", args=[rule.pk]))
    assert 'name="max_quantity" value="0,5"' in shown.content.decode()
    added = boss.get(reverse(ADD)).content.decode()
    assert 'name="max_quantity" value="0"' in added


def test_what_a_rule_seldom_needs_is_folded_while_it_is_empty(boss):
    """Catches a value that a merchant saves without seeing it, also after a fault elsewhere."""

    def is_folded(response):
        return "collapse" in [*response.context["adminform"]][-1].classes

    assert is_folded(boss.get(reverse(ADD)))
    assert is_folded(send(boss, name=""))
    assert not is_folded(send(boss, name="", priority="7"))
    send(boss, priority="7")
    rule = CartPriceRule.objects.get()
    page = reverse("admin:price_rules_cartpricerule_change", args=[rule.pk])
    assert not is_folded(boss.get(page))


def test_conditions_are_folded_while_a_rule_has_none(boss):
    assert folded(boss.get(reverse(ADD))) == [True, True]
    condition = {"attribute": "cart_item.sku", "operator": "is", "value": "A"}
    send(boss, items=json.dumps({"match": "all", "conditions": [condition]}))
    rule = CartPriceRule.objects.get()
    page = reverse("admin:price_rules_cartpricerule_change", args=[rule.pk])
    assert folded(boss.get(page)) == [False, True]


def test_list_of_coupons_names_their_limit(boss, make_rule):
    """Zero uses mean no limit, which the bare number does not say."""
    rule = make_rule(coupon="generated")
    make_coupons(begin_batch(rule, Wanted(1), author=None))
    Coupon.objects.update(uses=0)
    shown = boss.get(reverse("admin:price_rules_coupon_changelist")).content.decode()
    assert "no limit" in shown
    assert "coupon__exact=generated" in shown


def test_new_rule_is_off_until_somebody_turns_it_on(boss):
    assert boss.get(reverse(ADD)).context["adminform"].form["is_active"].value() is False
    assert send(boss).status_code == 302
    page = reverse("admin:price_rules_cartpricerule_change", args=[CartPriceRule.objects.get().pk])
    assert not CartPriceRule.objects.get().is_active
    CartPriceRule.objects.update(is_active=True)
    assert boss.get(page).context["adminform"].form["is_active"].value() is True


def test_a_code_is_made_from_the_name(boss):
    assert send(boss).status_code == 302
    assert send(boss).status_code == 302
    assert send(boss, name="Evaluate").status_code == 302
    assert send(boss, name="−10 %", code="own").status_code == 302
    assert send(boss, name="…").status_code == 302
    codes = list(CartPriceRule.objects.order_by("pk").values_list("code", flat=True))
    assert codes == ["ten-off", "ten-off-2", "evaluate-2", "own", "rule"]


@pytest.mark.parametrize(
    ("operator", "offered"), [("is", "members of any of"), ("is_not", "outside all the")]
)
def test_several_segments_are_not_meant_by_words_for_one(boss, make_segment, operator, offered):
    both = [make_segment(name, code=name.lower()).code for name in ("A", "B")]
    answer = send(boss, segment_operator=operator, segment_codes=both)
    (error,) = answer.context["adminform"].form.errors["segment_operator"]
    assert "is about one segment" in error
    assert offered in error
    assert not CartPriceRule.objects.exists()
    assert send(boss, segment_operator=operator, segment_codes=both[:1]).status_code == 302


@pytest.mark.parametrize("operator", ["is_one_of", "is_not_one_of"])
def test_several_segments_have_words_of_their_own(boss, make_segment, operator):
    both = [make_segment(name, code=name.lower()).code for name in ("A", "B")]
    assert send(boss, segment_operator=operator, segment_codes=both).status_code == 302
    assert CartPriceRule.objects.get().segments == {"operator": operator, "segments": both}


def test_a_rule_for_members_asks_for_a_segment_and_keeps_the_rest_folded(boss):
    empty = json.dumps({"match": "all", "conditions": []}, indent=2)
    answer = send(boss, segment_operator="is", items=empty, conditions=empty)
    page = answer.content.decode()
    assert "Choose at least one segment." in page
    assert '<a href="#id_segment_codes">Segments</a>' in page
    assert folded(answer) == [True, True]


def test_codes_of_a_rule_for_a_segment_can_be_sent_to_it(boss, make_rule, make_segment):
    segments = {"operator": "is", "segments": [make_segment("A", code="a").code]}
    rule = make_rule(coupon="generated", segments=segments)
    page = reverse("admin:price_rules_cartpricerule_change", args=[rule.pk])
    (address,) = re.findall(r'href="([^"]*coupon_rule=[^"]*)"', boss.get(page).content.decode())
    form = boss.get(unescape(address)).context["adminform"].form
    assert form["segments"].value() == ["a"] and form["coupon_rule"].value() == rule.code
    CartPriceRule.objects.update(is_active=False)
    assert "coupon_rule=" not in boss.get(page).content.decode()


def test_the_log_says_that_a_coupon_was_given_back(boss, make_rule):
    make_rule(coupon="specific", coupon_code="SAVE")
    coupon = Coupon.objects.get()
    redeem(coupon, "O-1", None, author=None)
    release(coupon, "O-1", author=None)
    entry = AuditEntry.objects.latest("pk")
    for page in ("changelist", "change"):
        arguments = [entry.pk] if page == "change" else []
        shown = boss.get(reverse(f"admin:customers_auditentry_{page}", args=arguments))
        assert "given back" in shown.content.decode()
    assert str(entry).endswith("given back SAVE")


def test_amounts_have_their_currency(boss, make_rule, settings):
    settings.BASE_CURRENCY = "SEK"
    make_rule(action="fixed_cart", value="5", max_discount="4", min_subtotal="30")
    rules = boss.get(reverse("admin:price_rules_cartpricerule_changelist")).content.decode()
    for words in ("SEK\xa05 off the cart, SEK\xa04 at most", "from a subtotal of SEK\xa030"):
        assert words in rules
    units = unescape(boss.get(reverse(ADD)).content.decode())
    assert '"percent": "%", "fixed_each": "SEK"' in units
    cart = {"lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0", "store": "default"}
    cart |= {"lines-0-sku": "A", "lines-0-quantity": "1", "lines-0-price": "29"}
    tried = boss.get(reverse("admin:price_rules_cartpricerule_try"), cart).content.decode()
    assert "The subtotal is SEK\xa029; the rule needs SEK\xa030." in tried
    assert '<td class="number">SEK\xa029.00</td>' in tried
    assert "Price (SEK)" in tried


def test_new_rule_makes_its_codes_and_suggests_a_cart_for_them(
    boss, make_segment, make_customer, make_product, join
):
    """Of a rule that is off: a merchant tries it before anybody can use it."""
    make_product("mug", price="12.50")
    member = make_customer("M1")
    join(make_segment("Best", code="best"), member)
    saved = send(
        boss,
        coupon="generated",
        new_codes="3",
        segment_operator="is",
        segment_codes=["best"],
        min_subtotal="20",
    )
    rule = CartPriceRule.objects.get()
    assert saved.url == reverse("admin:price_rules_cartpricerule_change", args=[rule.pk])
    assert not rule.is_active
    assert rule.coupons.count() == 3
    tried = boss.get(reverse("admin:price_rules_cartpricerule_try"), {"rule": rule.code})
    assert "Applied to this cart: −€2.50" in tried.content.decode()
    assert tried.context["form"]["customer"].value() == member.external_id


def test_suggested_customer_shops_in_a_store_that_knows_them(
    boss, make_rule, make_segment, make_customer, make_product, join
):
    """Customers of another website than the first store's would not be in the rule's segment."""
    make_product("mug")
    website = Website.objects.create(code="de", name="Germany")
    for code in ("de_at", "de_de"):
        store = Store.objects.create(code=code, name=code, website=website)
    member = make_customer("M1", website=website, store=store)
    join(make_segment("Best", code="best"), member)
    rule = make_rule(segments={"operator": "is", "segments": ["best"]})
    tried = boss.get(reverse("admin:price_rules_cartpricerule_try"), {"rule": rule.code})
    assert tried.context["form"]["store"].value() == "de_de"
    assert "Applied to this cart: −€1.00" in tried.content.decode()


def test_suggested_cart_fits_the_rule_when_it_begins(boss, make_rule, make_product):
    """Catches a product for today, when nothing fits yet, and a code that nobody can use."""
    make_product("mug")
    make_product("hat")
    hats = {"attribute": "cart_item.sku", "operator": "is", "value": "hat"}
    begins = now() + timedelta(days=10)
    rule = make_rule(
        starts_on=begins.date(), coupon="generated", items={"match": "all", "conditions": [hats]}
    )
    make_coupons(begin_batch(rule, Wanted(3), author=None))
    valid, used, expired = rule.coupons.order_by("pk")
    used.reservations.create(order="1", expires_at=begins + timedelta(days=10))
    rule.coupons.filter(pk=expired.pk).update(expires_at=begins - timedelta(days=2))
    tried = boss.get(reverse("admin:price_rules_cartpricerule_try"), {"rule": rule.code})
    assert tried.context["form"]["coupon_code"].value() == valid.code
    assert "Applied to this cart: −€1.00" in tried.content.decode()


@pytest.mark.both
def test_rule_with_a_nul_in_its_code_is_not_found(boss):
    answer = boss.get(reverse("admin:price_rules_cartpricerule_try"), {"rule": "a\0"})
    assert answer.status_code == 200


def test_page_of_a_rule_shows_a_warning_once(boss):
    saved = send(boss, action="none", value="")
    page = boss.get(saved.url).content.decode()
    assert page.count("the rule gives nothing") == 1
    assert boss.get(saved.url).content.decode().count("the rule gives nothing") == 1
