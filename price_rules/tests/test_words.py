"""What merchants read of rules: the sentence of a rule, and what a tried cart comes to."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from customers.models import Product
from price_rules.admin.words import gives, wants
from tests.factories.clients import staff_user

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


def tried(client, **values):
    cart = {"lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0", "store": "default"}
    cart |= {"lines-0-sku": "A", "lines-0-quantity": "1", "lines-0-price": "20"}
    answer = client.get(reverse("admin:price_rules_cartpricerule_try"), cart | values)
    return answer, " ".join(answer.content.decode().split())


def test_segments_are_called_by_their_names(boss, make_rule, make_segment):
    make_segment("Best customers", code="best")
    gone = make_segment("Gone", code="gone")
    asked = {"operator": "is_one_of", "segments": ["best", "gone"]}
    rule = make_rule(segments=asked)
    gone.delete()
    for page in ("changelist", "change"):
        arguments = [rule.pk] if page == "change" else []
        shown = boss.get(reverse(f"admin:price_rules_cartpricerule_{page}", args=arguments))
        assert "for members of “Best customers” or (gone)" in shown.content.decode()


def test_who_may_not_see_segments_reads_their_codes(client, make_rule, make_segment):
    make_segment("Best customers", code="best")
    rule = make_rule(segments={"operator": "is", "segments": ["best"]})
    client.force_login(staff_user("clerk", "price_rules.view_cartpricerule"))
    for page in ("changelist", "change"):
        arguments = [rule.pk] if page == "change" else []
        shown = client.get(reverse(f"admin:price_rules_cartpricerule_{page}", args=arguments))
        assert "members of (best)" in shown.content.decode()
        assert "Best customers" not in shown.content.decode()


def test_how_often_a_coupon_may_be_used_is_said(make_rule):
    rule = make_rule(coupon="specific", coupon_code="SAVE", uses_total=1, uses_per_customer=2)
    words = "with the coupon SAVE, at most 1 use in all, at most 2 uses by a customer"
    assert wants(rule, {}) == words
    assert "use" not in wants(make_rule("r2", coupon="generated"), {})


@pytest.mark.parametrize(
    ("count", "words"),
    [(1, "1 piece of"), (2, "2 pieces of"), (Decimal("0.5"), "0.5 pieces of")],
)
def test_pieces_are_counted_in_words(make_rule, count, words):
    assert gives(make_rule(max_quantity=count)) == f"10% off each line, for {words} a line at most"


def test_the_page_of_a_rule_promises_no_examples(boss):
    page = boss.get(reverse("admin:price_rules_cartpricerule_add")).content.decode()
    assert "No condition yet. Add the first one below." in page
    assert "or start from an example" not in page


def test_a_tried_cart_adds_up(boss, make_rule):
    _answer, page = tried(boss, shipping_amount="4.90")
    assert "<dt>Discount</dt><dd>€0.00</dd>" in page
    assert "<dt>Shipping</dt><dd>€4.90</dd>" in page
    assert "<dt>Total</dt><dd>€24.90</dd>" in page
    assert "−€0.00" not in page
    make_rule(free_shipping=True)
    _answer, page = tried(boss, shipping_amount="4.90")
    for name, amount in (
        ("Discount", "−€2.00"),
        ("Shipping", "€4.90"),
        ("Free shipping", "−€4.90"),
    ):
        assert f"<dt>{name}</dt><dd>{amount}</dd>" in page
    assert "<dt>Total</dt><dd>€18.00</dd>" in page


def test_a_sku_of_no_product_is_pointed_out(boss):
    assert "No product has this SKU." in tried(boss)[1]
    Product.objects.create(sku="A", name="A")
    assert "No product has this SKU." not in tried(boss)[1]


def test_an_address_in_place_of_a_number_gets_a_hint(boss, make_customer):
    answer, _page = tried(boss, customer="ann@shop.example")
    (error,) = answer.context["form"].errors["customer"]
    assert "looks like an e-mail address" in error
    make_customer("odd@number")
    assert not tried(boss, customer="odd@number")[0].context["form"].errors


def test_rules_are_named_and_a_later_percentage_says_of_what(boss, make_rule):
    make_rule("r1", name="First")
    _answer, page = tried(boss)
    assert "First −€2.00" in page
    assert "of what the rules before it had left" not in page
    make_rule("r2", name="Second", priority=1)
    _answer, page = tried(boss)
    assert "First −€2.00, Second −€1.80" in page
    assert page.count("of what the rules before it had left") == 1


def test_only_who_may_make_codes_is_sent_to_make_some(client, make_rule):
    make_rule(coupon="specific", coupon_code="A")
    rights = ["price_rules.view_cartpricerule", "price_rules.view_coupon"]
    for more in ([], ["price_rules.generate_coupons"]):
        client.force_login(staff_user("clerk", *rights, *more))
        shown = client.get(reverse("admin:price_rules_coupon_changelist")).content.decode()
        assert ("Make codes of a price rule" in shown) == bool(more)
