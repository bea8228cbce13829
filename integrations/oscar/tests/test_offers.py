"""The smallest shop sells something, for less to members: by Python and over HTTP."""

import threading
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.test import RequestFactory
from oscar.core.loading import get_class, get_model
from oscar.test.factories import BasketFactory, ProductFactory, RangeFactory, create_order

from core.access.tokens import create_token
from customers.models import Customer
from customers.tests.rows import a_customer
from integrations.oscar import asking
from integrations.oscar.conditions import create_segment_condition
from integrations.oscar.mapping import cart_of, customer_of
from segments.editing.overrides import set_override
from segments.editing.saving import create_segment
from segments.models import OverrideKind, Segment
from segments.rules.definition import Definition

Applicator = get_class("offer.applicator", "Applicator")
Benefit = get_model("offer", "Benefit")
Condition = get_model("offer", "Condition")
ConditionalOffer = get_model("offer", "ConditionalOffer")
Basket = get_model("basket", "Basket")


def number_by_name(user):
    return f"shop-{user.username}"


@pytest.fixture
def vip(db):
    nobody = {"attribute": "customer.id", "operator": "is", "value": "nobody"}
    definition = Definition("VIP", conditions={"match": "all", "conditions": [nobody]})
    return create_segment(definition, code="vip", author=None).segment


@pytest.fixture
def member(vip):
    """Somebody with an account whom Tranche knows as a member."""
    user = User.objects.create_user("ann")
    customer = a_customer(str(user.pk))
    set_override(vip, customer, OverrideKind.INCLUDE, author=None)
    return user


@pytest.fixture
def outsider(vip):
    user = User.objects.create_user("bob")
    a_customer(str(user.pk))
    return user


@pytest.fixture
def product(db):
    return ProductFactory(stockrecords__price=Decimal("20.00"), stockrecords__num_in_stock=10)


@pytest.fixture
def make_offer(vip):
    """Return a function that makes an offer: ten percent off all, where the question holds."""

    def make(operator="is", segments=("vip",), **values):
        # With an offer that is deleted, its condition and its benefit go.
        benefit = Benefit.objects.create(
            type=Benefit.PERCENTAGE, value=10, range=RangeFactory(includes_all_products=True)
        )
        condition = create_segment_condition(operator, list(segments))
        name = f"Offer {ConditionalOffer.objects.count()}"
        values |= {"condition": condition, "benefit": benefit, "exclusive": False}
        return ConditionalOffer.objects.create(name=name, **values)

    return make


@pytest.fixture
def over_http(live_server, settings):
    """Ask over HTTP, with a token that may do no more than that."""
    user = User.objects.create_user("oscar")
    for codename in ("evaluate", "view_segment"):
        user.user_permissions.add(Permission.objects.get(codename=codename))
    settings.TRANCHE_URL = live_server.url
    settings.TRANCHE_TOKEN = create_token(user, author=None, name="oscar").key
    # On a busy machine the answer may take longer than a checkout would wait.
    asking.SECONDS, usual = 20, asking.SECONDS
    yield
    asking.SECONDS = usual


def basket_of(user, product, quantity=2):
    basket = BasketFactory(owner=user if user and user.is_authenticated else None)
    request = RequestFactory().get("/")
    request.user = user or AnonymousUser()
    basket.strategy = get_class("partner.strategy", "Selector")().strategy(request, request.user)
    basket.add_product(product, quantity=quantity)
    return basket


def discount(user, product):
    """Return what an evaluation takes off a new basket."""
    basket = basket_of(user, product)
    Applicator().apply(basket, user)
    return basket.total_discount


@contextmanager
def server_that(answers):
    """A server for the time of a test; `answers(handler)` does what it does."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(self.path)
            answers(self)

        def log_message(self, *said):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()


def check_everybody(member, outsider, product, make_offer):
    make_offer()
    assert discount(member, product) == Decimal("4.00")
    assert discount(outsider, product) == 0
    assert discount(AnonymousUser(), product) == 0
    ConditionalOffer.objects.all().delete()
    make_offer("is_not_one_of", ["vip", "gone"])
    assert discount(member, product) == 0
    assert discount(outsider, product) == Decimal("4.00")
    assert discount(AnonymousUser(), product) == 0


def test_by_python(member, outsider, product, make_offer):
    check_everybody(member, outsider, product, make_offer)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_over_http(over_http, member, outsider, product, make_offer):
    check_everybody(member, outsider, product, make_offer)
    assert str(Condition.objects.first()) == "is a member of VIP"


def test_the_order_is_sold_at_that_price(member, product, make_offer):
    make_offer()
    basket = basket_of(member, product)
    Applicator().apply(basket, member)
    order = create_order(basket=basket, user=member)

    assert order.total_excl_tax == Decimal("36.00")
    assert order.discounts.get().offer_name == "Offer 0"


def test_the_dashboard_names_it(vip, admin_client):
    condition = create_segment_condition("is", ["vip"])
    page = admin_client.get("/dashboard/offers/new/condition/")
    assert condition.name == condition.description == "is a member of VIP"
    from oscar.apps.dashboard.offers.forms import ConditionForm

    choices = dict(ConditionForm().fields["custom_condition"].choices)
    assert choices[condition.pk] == "is a member of VIP"
    assert page.status_code in {200, 302, 404}


def test_a_basket_and_its_owner_as_tranche_sees_them(member, product, settings):
    basket = basket_of(member, product)
    (item,) = cart_of(basket)["items"]
    assert (item["sku"], item["quantity"], item["price"]) == (
        product.stockrecords.get().partner_sku,
        2,
        "20.0000",
    )
    assert customer_of(member) == str(member.pk)
    assert customer_of(AnonymousUser()) is None
    settings.TRANCHE_CUSTOMER_OF = f"{__name__}.number_by_name"
    assert customer_of(member) == "shop-ann"
    settings.TRANCHE_STORE = "other"
    assert cart_of(basket)["store"] == "other"


def test_conditions_on_the_cart_see_the_basket(outsider, product, make_offer):
    condition = {"attribute": "cart.subtotal", "operator": "gte", "value": 40}
    definition = Definition("Big", conditions={"match": "all", "conditions": [condition]})
    create_segment(definition, code="big", author=None)
    make_offer("is", ["big"])
    basket = basket_of(outsider, product, quantity=1)
    Applicator().apply(basket, outsider)
    assert basket.total_discount == 0
    assert discount(outsider, product) == Decimal("4.00")


def test_one_request_for_a_basket_and_evaluation(member, product, make_offer, settings):
    for segments in (["vip"], ["a"], ["b"]):
        make_offer("is", segments)

    def answer(handler):
        body = b'{"answers": [true, false, true], "as_of": ""}'
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(body)

    with server_that(answer) as (address, asked):
        settings.TRANCHE_URL, settings.TRANCHE_TOKEN = address, "t"
        basket = basket_of(member, product)
        Applicator().apply(basket, member)
        assert basket.total_discount > 0
        assert asked == ["/api/v1/cart-price-rules/satisfies/"]
        basket.reset_offer_applications()
        Applicator().apply(basket, member)
        assert len(asked) == 2


def broken(handler):
    handler.send_response(500)
    handler.end_headers()


def no_json(handler):
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b"<html>")


def too_few(handler):
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b'{"answers": []}')


@pytest.mark.parametrize("answers", [broken, no_json, too_few])
def test_no_answer_is_no_and_never_an_exception(
    answers, member, product, make_offer, settings, caplog
):
    make_offer()
    make_offer("is_not", ["other"])
    with server_that(answers) as (address, asked):
        settings.TRANCHE_URL, settings.TRANCHE_TOKEN = address, "t"
        assert discount(member, product) == 0
    assert len(asked) == 1
    assert "Tranche could not be asked" in caplog.text


def test_a_server_that_says_a_letter_at_a_time_is_not_waited_for(
    member, product, make_offer, settings, caplog
):
    make_offer()
    over = threading.Event()

    def answer(handler):
        handler.send_response(200)
        handler.end_headers()
        while not over.wait(0.05):
            handler.wfile.write(b" ")
            handler.wfile.flush()

    with server_that(answer) as (address, asked):
        settings.TRANCHE_URL, settings.TRANCHE_TOKEN = address, "t"
        # It would never end.
        assert discount(member, product) == 0
        over.set()
    assert asked
    assert "Tranche could not be asked" in caplog.text


def test_nobody_there_and_nobody_known(member, product, make_offer, settings, caplog):
    make_offer()
    Customer.objects.all().delete()
    assert discount(member, product) == 0
    settings.TRANCHE_URL, settings.TRANCHE_TOKEN = "http://127.0.0.1:9", "t"
    assert discount(member, product) == 0
    assert caplog.text.count("Tranche could not be asked") == 2


def test_a_segment_that_is_gone_has_no_members(member, product, make_offer):
    make_offer()
    Segment.objects.all().delete()
    assert discount(member, product) == 0


@pytest.mark.parametrize(("operator", "segments"), [("has", ["vip"]), ("is", [])])
def test_what_is_no_question(db, operator, segments):
    with pytest.raises(ValueError, match="needed"):
        create_segment_condition(operator, segments)
    assert not Condition.objects.exists()
