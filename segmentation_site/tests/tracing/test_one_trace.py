"""One order, one trace: from the request that stores it to the webhook, by way of the database."""

import json
import logging
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection

from core.clock import now
from core.tracing.stored_context import ContextKind, KeptContext
from customers.models import Customer
from segments import tasks
from segments.engine.live_changes.changed_customers import process_batch
from segments.engine.tick import tick
from segments.models import RefreshRun
from segments.webhooks.delivery import deliver
from segments.webhooks.resource import WEBHOOKS

SECRETS = ("zq-77", "zq@shop.example", "Zqann", "Bearer", "secret-word", "whsec_")


def event(number, identifier):
    return {
        "type": "customer.saved",
        "id": identifier,
        "occurred_at": "2026-04-10T09:59:00Z",
        "data": {"id": number, "email": f"{identifier}zq@shop.example", "first_name": "Zqann"},
    }


def named(spans, name):
    return [span for span in spans if span.name == name]


def only(spans, name):
    (span,) = named(spans, name)
    return span


@pytest.fixture
def endpoint(transactional_db, collector):
    """Return the webhook of a shop whose segment of everybody is kept current."""
    author = User.objects.create_user("author")
    url = f"{collector.url}/hook?token=secret-word"
    return WEBHOOKS.create({"name": "Shop", "url": url}, author=author).row


@pytest.mark.django_db(transaction=True)
def test_event_is_traced_to_its_webhook(traced, collector, endpoint, client_with, make_segment):
    segment = make_segment("everybody", code="all")
    tasks.refresh_run(RefreshRun.objects.get(segment=segment).pk)
    process_batch()
    client = client_with("customers.send_events")
    with traced():
        for body in (event("zq-77", "e1"), [event("zq-77", "e2"), event("zq-78", "e3")]):
            response = client.send("POST", "events/?partial=1", body)
            assert response.status_code == 202, response.content
    with traced("worker"):
        tick()
        tick()
        deliver(endpoint.pk)

    spans = collector.spans()
    requests = named(spans, "POST /api/v1/events/")
    judges = named(spans, "membership.judge")
    batch = only(spans, "membership.batch")
    told = only(spans, "webhook.deliver")
    assert [one.kind for one in requests] == [2, 2]
    assert requests[0].attributes["http.route"] == "/api/v1/events/"
    assert requests[0].attributes["http.response.status_code"] == 202
    assert len({one.trace for one in requests}) == 2
    # The batch has a trace of its own, which links to both causes; each has its judge.
    assert batch.trace not in {one.trace for one in requests}
    assert batch.parent == ""
    assert sorted(batch.links) == sorted((one.trace, one.id) for one in requests)
    assert [(one.trace, one.parent) for one in judges] == [(one.trace, one.id) for one in requests]
    for judge in judges:
        assert judge.links == [(batch.trace, batch.id)]
        assert judge.start == batch.start
        assert judge.end <= batch.end
    assert (told.trace, told.parent, told.kind) == (judges[0].trace, judges[0].id, 3)
    assert told.links == [(judges[1].trace, judges[1].id)]
    (headers,) = collector.hooks
    assert headers["traceparent"] == f"00-{told.trace}-{told.id}-01"
    assert requests[0].resource["service.name"] == "tranche-web"
    assert batch.resource["service.name"] == "tranche-worker"
    assert requests[0].resource["service.version"] == "0.1.0"
    # Nothing that names anybody, and nothing that opens anything, is in any byte that was sent.
    assert [word for word in SECRETS if word.encode() in collector.raw] == []
    # Database spans lie within others, are named by operation and table, and are not too many.
    statements = [span for span in spans if "db.system.name" in span.attributes]
    assert "INSERT customers_customer" in {span.name for span in statements}
    assert {span.parent for span in statements} <= {span.id for span in spans}
    for trace in {span.trace for span in spans}:
        assert sum(one.trace == trace for one in statements) <= 100
    assert not [one for one in statements if "db.query.text" in one.attributes]
    assert not KeptContext.objects.filter(kind=ContextKind.MARKED).exists()


@pytest.mark.django_db
def test_what_is_kept_goes_with_the_transaction_and_after_an_hour(traced, client_with):
    with traced():
        client = client_with("customers.send_events")
        bad = {**event("c-2", "e2"), "data": {"id": "c-2"}}
        refused = client.send("POST", "events/", [event("c-1", "e1"), {**bad, "type": "no.such"}])
        assert refused.status_code == 400
        assert len(refused.json()["trace_id"]) == 32
        assert not KeptContext.objects.exists()
        client.send("POST", "events/", event("c-1", "e1"))
        kept = KeptContext.objects.get()
        assert kept.key == Customer.objects.get(external_id="c-1").pk
        KeptContext.objects.create(
            kind="judged", key=1, context="x", at=now() - timedelta(minutes=61)
        )
        process_batch()
        assert [one.kind for one in KeptContext.objects.all()] == [ContextKind.JUDGED]
    # Off, nothing is kept, and nothing is asked.
    client.send("POST", "events/", event("c-3", "e3"))
    assert KeptContext.objects.count() == 1


@pytest.mark.both
def test_refresh_is_a_child_of_the_request_that_asked(
    traced, collector, client_with, make_segment, make_customer
):
    make_customer()
    make_segment("everybody", code="all")
    RefreshRun.objects.all().delete()
    client = client_with("segments.refresh_segment", "segments.view_segment")
    with traced():
        assert client.send("POST", "segments/all/refresh/").status_code == 202
        run = RefreshRun.objects.get()
        tasks.refresh_run(run.pk)

    spans = collector.spans()
    request = only(spans, "POST /api/v1/segments/{code}/refresh/")
    refresh = only(spans, "segments.refresh")
    assert (refresh.trace, refresh.parent) == (request.trace, request.id)
    assert refresh.attributes == {"segment": "all", "run": run.pk, "entered": 1, "left": 0}


@pytest.mark.django_db
def test_tick_that_finds_nothing_makes_no_span(traced, collector):
    tick()
    with traced("worker"):
        tick()
    assert collector.spans() == []


@pytest.mark.django_db
@pytest.mark.parametrize("is_trusted", [True, False])
def test_traceparent_from_outside_is_a_link_unless_it_is_trusted(
    settings, traced, collector, client_with, is_trusted
):
    settings.TRUST_TRACEPARENT = is_trusted
    client = client_with()
    outside = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
    headers = {"traceparent": f"00-{outside[0]}-{outside[1]}-01", "baggage": "who=zq-77"}
    with traced():
        client.get("/api/v1/customers/zq-77/segments/?q=zq@shop.example", headers=headers)
        client.get("/no/such/zq-77/", headers={"traceparent": "00-zz"})
        # Only our own contexts have a share of database spans; one of so many digits is no number.
        ours = f"00-{outside[0]}-{outside[1]}-01;{'9' * 5_000}"
        assert client.get("/no/such/", headers={"traceparent": ours}).status_code == 404

    span, lost, _with_share = (one for one in collector.spans() if one.kind == 2)
    assert span.name == "GET /api/v1/customers/{number}/segments/"
    assert (span.trace == outside[0], span.parent == outside[1]) == (is_trusted, is_trusted)
    assert span.links == ([] if is_trusted else [outside])
    assert (lost.name, lost.links, lost.parent) == ("GET", [], "")
    assert [word for word in SECRETS if word.encode() in collector.raw] == []


@pytest.mark.both
@pytest.mark.django_db
def test_statement_text_has_placeholders_instead_of_values(settings, traced, collector):
    from core.tracing.spans import span

    settings.OTEL_DB_STATEMENTS = True
    with traced(), span("outer"):
        for _number in range(120):
            Customer.objects.filter(external_id="zq-77").exists()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 'zq@shop.example', 77")
    with traced():
        Customer.objects.count()  # In no span: in no trace.

    statements = [one for one in collector.spans() if "db.query.text" in one.attributes]
    assert len(statements) == 100
    assert statements[0].name == "SELECT customers_customer"
    assert "%s" in statements[0].attributes["db.query.text"]
    assert [word for word in SECRETS if word.encode() in collector.raw] == []


@pytest.mark.django_db
def test_error_is_noted_by_its_type_alone(traced, collector, client_with, monkeypatch, caplog):
    def broken(*args, **kwargs):
        raise ValueError("zq@shop.example")

    monkeypatch.setattr("customers.api.events.receive", broken)
    client = client_with("customers.send_events", raise_request_exception=False)
    with traced(), caplog.at_level(logging.CRITICAL):
        response = client.send("POST", "events/", event("zq-77", "e1"))

    (span,) = (one for one in collector.spans() if one.kind == 2)
    assert response.status_code == 500
    assert json.loads(response.content)["trace_id"] == span.trace
    assert span.is_error
    assert span.attributes["error.type"] == "500"
    assert [word for word in SECRETS if word.encode() in collector.raw] == []
