"""The pages of models: what they say in each state, who sees them, what each button does."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils import translation

from core.clock import now
from core.forms.numbers import read_number
from core.text.sentences import Sentence, sentence_of
from customers.models import AuditEntry
from predictions.admin.models.model_summary import answers_of
from predictions.admin.models.training import pages as training
from predictions.admin.models.versions.figures import figures_of
from predictions.admin.models.versions.sentences import PURPOSES
from predictions.deep.network_files import invalid_artifact
from predictions.kinds import KINDS
from predictions.kinds.trained import Metric
from predictions.lifecycle.train import execute_training, train
from predictions.models import (
    Deployment,
    Gate,
    ModelVersion,
    PredictionModel,
    ScoringRun,
    ScoringState,
    TrainingRun,
    TrainingStep,
    VersionState,
)
from predictions.refusals import Refused
from predictions.registry import deploy, rollback
from predictions.scoring.runs import score
from predictions.tests.admin.test_pages import client_with
from segments.editing.saving import create_segment
from segments.rules.definition import Definition
from segments.tests.browser.test_builder_numbers import EVERYWHERE, REFUSED

pytestmark = pytest.mark.django_db

VIEW, TRAIN, DEPLOY = (
    f"predictions.{name}" for name in ("view_scores", "train_model", "deploy_model")
)
LIST = "/admin/predictions/predictionmodel/"
EVIL = '<img src=x onerror="alert(1)">'
INLINE = r'<script(?![^>]*(?:\bsrc=|type="application/json"))[^>]*>|<style|\sstyle=|\son\w+='
NEXT_ORDER = [
    {"name": "mae", "value": 40.0, "baseline": "shop_median", "baseline_value": 50.0},
    {"name": "coverage", "value": 0.8, "baseline": None, "baseline_value": None},
]


@pytest.fixture
def model(db):
    return PredictionModel.objects.get(code="next_order")


@pytest.fixture
def clv(db):
    return PredictionModel.objects.get(code="clv")


def address(name, model, *arguments):
    return reverse(f"admin:predictions_predictionmodel_{name}", args=[model.pk, *arguments])


def make_version(model, gate=Gate.PASSED, metrics=NEXT_ORDER, **values):
    number = model.versions.count() + 1
    values.setdefault("parameters", {"holdout_days": 91})
    values.setdefault("fitted", {"median_gap": 30, "ratios": [[1, 2], [3, 2]]})
    return ModelVersion.objects.create(
        model=model,
        number=number,
        state=VersionState.REFUSED if gate == Gate.FAILED else VersionState.CANDIDATE,
        gate=gate,
        metrics=metrics,
        as_of=now(),
        created_at=now(),
        **values,
    )


def make_run(model, **values):
    values.setdefault("parameters", {"holdout_days": 91})
    return TrainingRun.objects.create(model=model, as_of=now(), created_at=now(), **values)


def running(model, step, **values):
    return make_run(
        model,
        phase=step,
        attempts=1,
        heartbeat_at=now(),
        started_at=now(),
        lease_expires_at=now() + timedelta(minutes=1),
        **values,
    )


def words_of(response):
    """Return what the page says, with its messages."""
    assert response.status_code == 200
    html = response.content.decode().split('id="main"')[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html.replace("\xa0", " ")))


def boss():
    return client_with(VIEW, TRAIN, DEPLOY)


# The list ------------------------------------------------------------------------------------


@pytest.mark.both
def test_the_list_says_how_each_model_stands(model, clv):
    client = boss()
    assert (
        words_of(client.get(LIST)).count("No version yet") == len(PredictionModel.objects.all()) - 2
    )
    make_version(clv, Gate.FAILED, [])
    deploy(make_version(model))
    words = words_of(client.get(LIST))
    assert "Version 1 did not pass the approval check." in words
    assert "Being scored for the first time" in words and "out of date" not in words
    # A scoring that has begun is not done.
    PredictionModel.objects.update(is_owed=False)
    assert "Being scored for the first time" in words_of(client.get(LIST))
    score()
    words = words_of(client.get(LIST))
    assert "being scored" not in words.lower() and "passed" in words
    deploy(make_version(model))
    assert "Scores out of date: being scored" in words_of(client.get(LIST))
    rollback(model)
    score()
    assert "Version 2 was deployed, and has been withdrawn." in words_of(client.get(LIST))
    running(model, TrainingStep.EVALUATE, done=1200, total=4000)
    response = client.get(LIST)
    assert "Training: measuring against the baseline, 1,200 of 4,000" in words_of(response)
    assert "Version 1 is in use." in words_of(response)
    # As long as somebody is at work the list looks again by itself.
    assert "data-working" in response.content.decode()


def test_a_model_that_could_not_be_scored_says_why(model):
    deploy(make_version(model))
    score()
    PredictionModel.objects.filter(pk=model.pk).update(is_owed=False)
    ScoringRun.objects.create(
        codes=["next_order"],
        as_of=now(),
        started_at=now(),
        state=ScoringState.FAILED,
        problems={"next_order": {"code": "artifact_invalid", "message": "It was changed."}},
    )
    words = words_of(boss().get(LIST))
    assert "Could not be scored" in words and "It was changed." in words


def test_scores_of_the_version_before_are_said_to_be(model, make_customer, make_order):
    customer = make_customer("A")
    for days in (50, 10):
        make_order(customer, now() - timedelta(days=days))
    client = boss()
    deploy(make_version(model))
    assert "Everybody is being scored for the first time." in words_of(
        client.get(address("change", model))
    )
    score()
    words = words_of(client.get(address("change", model)))
    assert "Version 1 is deployed. Scored on" in words and "still by version" not in words
    deploy(make_version(model))
    words = words_of(client.get(address("change", model)))
    assert "Version 2 is deployed. But the scores" in words
    assert "are still by version 1, of" in words
    assert "The next scoring uses version 2." in words and "Scored on" not in words
    score()
    words = words_of(client.get(address("change", model)))
    assert "Version 2 is deployed. Scored on" in words and "still by version" not in words


def test_nobody_adds_or_deletes_a_model_here(model):
    html = boss().get(LIST).content.decode()
    assert "addlink" not in html and "action-select" not in html
    for page in ("add", "delete", "history"):
        with pytest.raises(NoReverseMatch):
            reverse(f"admin:predictions_predictionmodel_{page}")


# The three answers ---------------------------------------------------------------------------


def test_the_three_questions_are_answered_from_the_metrics(model):
    deploy(make_version(model))
    Deployment.objects.update(at=datetime(2026, 3, 3, 12, tzinfo=UTC))
    words = words_of(boss().get(address("change", model)))
    assert "Yes: its mean error is 40 days, that of the shop’s usual gap 50 days." in words
    assert "By 20%: its mean error is so much less than that of the shop’s usual gap." in words
    assert "Since March 3, 2026, when version 1 was deployed." in words
    assert "states are not kept over time" in words


def test_what_is_not_better_is_not_said_to_be(clv):
    metrics = [
        Metric("mae", 12.0, "rate", 14.0),
        Metric("total_error", -0.44, "rate", 0.9),
        Metric("top_decile_capture", 0.4, "past_value", 0.5),
    ]
    version = make_version(
        clv,
        Gate.FAILED,
        [vars(one) for one in metrics],
        parameters={"margin": 1.0},
        warnings=["no_dropout_visible", "total_error", "new_one"],
    )
    client = boss()
    words = words_of(client.get(address("change", clv)))
    assert "No, or not in all that counts" in words
    assert "sales of the best tenth is 40%, that of past sales 50%" in words
    assert "Not in use: no version is deployed." in words
    for sentence in ("nobody is seen to leave", "more than 20 %", "not profit", "new_one"):
        assert sentence in words
    # Overridden it is no better for that, and the page says why it is in use.
    deploy(version, reason="The shop is young.")
    words = words_of(client.get(address("change", clv)))
    assert "No, or not in all that counts" in words and "“The shop is young.”" in words


def test_nothing_measured_is_said(model):
    version = make_version(model, Gate.NOT_EVALUATED, [])
    words = words_of(boss().get(address("change", model)))
    assert "Nobody knows: there was too little history" in words
    assert "Nothing was measured" in words
    assert answers_of(model).version == version


@pytest.mark.parametrize(
    ("code", "name", "values", "shown"),
    [
        ("next_order", "mae", (40.0, 40.000001), ("40 days", "40.000001 days")),
        ("clv", "mae", (12.5, 12.5004), ("€12.50", "€12.5004")),
        ("churn", "ece", (0.0512, 0.05118), ("5.12%", "5.118%")),
        ("churn", "ece", (0.0512, 0.0512), ("5.1%", "5.1%")),
        ("churn", "brier", (0.2, 0.20004), ("0.20000", "0.20004")),
        ("clv", "total_error", (0.0512, 0.05118), ("+5.12%", "+5.118%")),
    ],
)
def test_figures_that_differ_are_shown_to_differ_in_one_unit(code, name, values, shown):
    version = ModelVersion(model=PredictionModel(kind=code))
    version.metrics = [dict(zip(("value", "baseline_value"), values, strict=True))]
    version.metrics[0] |= {"name": name, "baseline": "rate"}
    (figure,) = figures_of(version)
    assert (figure.shown, figure.baseline_text) == shown


def test_after_a_rollback_a_version_is_in_use_since_then(model):
    for _number in range(2):
        deploy(make_version(model))
    Deployment.objects.update(at=datetime(2026, 3, 3, 12, tzinfo=UTC))
    rollback(model)
    Deployment.objects.exclude(rolled_back_at=None).update(
        rolled_back_at=datetime(2026, 5, 5, 12, tzinfo=UTC)
    )
    model.refresh_from_db()
    assert answers_of(model).since == "Since May 5, 2026, when version 1 was deployed."


# States of a training ------------------------------------------------------------------------


def said_of(model):
    return words_of(boss().get(address("change", model)))


def test_every_state_of_a_training_is_told(model):
    assert "It was never trained." in said_of(model)
    assert "There is no version yet." in said_of(model)
    run = make_run(model)
    words = said_of(model)
    assert "Training: waiting for a worker" in words and "Cancel the training" in words
    assert "tranche-predictions" not in words
    # Nobody has begun after a while: it says so.
    TrainingRun.objects.update(created_at=now() - timedelta(minutes=3))
    assert "It has been waiting for 3 minutes. Does a worker serve" in said_of(model).replace(
        "\xa0", " "
    )
    TrainingRun.objects.update(
        phase=TrainingStep.FIT,
        done=5,
        total=20,
        attempts=1,
        heartbeat_at=now(),
        lease_expires_at=now() + timedelta(minutes=1),
    )
    words = said_of(model)
    assert "Training: fitting, 5 of 20" in words
    assert words.count("✓ done") == 2 and words.count("to come") == 1
    # Its worker was killed.
    gone = now() - timedelta(minutes=5)
    TrainingRun.objects.update(heartbeat_at=gone, lease_expires_at=gone)
    assert "Its worker has not been heard of for 5 minutes" in said_of(model)
    TrainingRun.objects.update(not_before=now() + timedelta(minutes=1), error="No connection")
    assert "An attempt failed (No connection)" in said_of(model)
    TrainingRun.objects.update(not_before=None, cancel_requested_at=now())
    words = said_of(model)
    assert "Training: being cancelled" in words and "Cancel the training" not in words
    for outcome, error, sentence in (
        ("cancelled", "", "The training was cancelled."),
        ("failed", "Nobody has bought.", "The training failed: Nobody has bought."),
        ("completed", "", "The training has ended."),
    ):
        TrainingRun.objects.update(outcome=outcome, error=error, lease_expires_at=None)
        words = said_of(model)
        assert sentence in words and "Look how far it is now" not in words
    version = make_version(model, Gate.FAILED)
    TrainingRun.objects.filter(pk=run.pk).update(version=version)
    words = said_of(model)
    assert "The training has made version 1; its approval check: failed." in words
    assert "Version 1 did not pass the approval check." in words


def test_a_failed_training_leaves_what_is_deployed_as_good_as_it_was(model):
    deploy(make_version(model))
    score()
    make_run(model, outcome="failed", error="Nobody has bought.", error_code="error")
    response = boss().get(LIST)
    words = words_of(response)
    assert "In use The last training failed: Nobody has bought." in words
    assert "✗" not in words and "prediction-bad" not in response.content.decode()


@pytest.mark.parametrize(
    ("code", "days", "said"),
    [
        ("clv", 1, "Es braucht mindestens 50 Kunden, die wiedergekommen sind; bisher: 1."),
        ("next_order", 1, "Niemand hat an drei oder mehr Tagen gekauft."),
    ],
)
def test_why_a_training_failed_stands_in_the_readers_language(
    code, days, said, make_customer, make_order
):
    customer = make_customer("A")
    for ago in (9, 9 + days):
        make_order(customer, now() - timedelta(days=ago))
    model = PredictionModel.objects.get(code=code)
    with pytest.raises(Refused) as refusal:
        train(code)
    assert refusal.value.code == "too_few_repeat_buyers"
    client = boss()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
    for page in (LIST, address("change", model)):
        assert said in words_of(client.get(page))


def test_a_sentence_that_was_stored_is_one_again():
    found = Sentence("At least %(least)s customers", {"least": 1234})
    with translation.override("en"):
        assert str(sentence_of(found.stored())) == "At least 1,234 customers"
    for text in ("Nobody has bought.", "", '{"text": "x"', '{"text": "x", "other": 1}', EVIL):
        assert sentence_of(text) == text


def test_a_problem_of_a_scoring_stands_in_the_readers_language():
    with translation.override("de"):
        refused = invalid_artifact("it cannot be read")
    run = ScoringRun(problems={"churn": {"code": refused.code, "message": refused.stored()}})
    with translation.override("en"):
        assert run.problem_texts["churn"] == {
            "code": "artifact_invalid",
            "message": "The artefact of this deep model is refused: it cannot be read.",
        }


def test_an_unexpected_error_is_no_sentence(model):
    text = '{"text": "%(n)s", "values": {}}'
    assert make_run(model, outcome="failed", error=text, error_code="error").error_text == text


def test_where_there_is_no_sale_at_all_that_is_said(model):
    words = words_of(boss().post(address("train", model), {"as_of": "2026-01-01T00:00"}))
    assert "Nobody has bought anything yet." in words
    client = client_with(VIEW, TRAIN)
    for sent in ({"as_of": ""}, {"usual": "on"}):
        words = words_of(client.post(address("train", model), sent, follow=True))
        assert "Nobody has bought anything yet." in words


def test_a_metric_beside_two_kinds_of_counting_is_written_once(db):
    churn = PredictionModel.objects.get(code="churn")
    metric = {"name": "base_rate", "value": 0.68543}
    metrics = [
        metric | {"baseline": "base_rate", "baseline_value": 0.71},
        metric | {"baseline": "recency_only", "baseline_value": 0.68521},
    ]
    make_version(churn, metrics=metrics, fitted={"window_days": 123}, parameters={"seed": 0})
    html = boss().get(address("change", churn)).content.decode()
    assert html.count("68.54%") == 1 and "68.5%" not in html
    words = re.sub(r"<[^>]*>|\s+", " ", html)
    assert "The risk that a customer buys nothing in the next 123 days." in words
    assert "Both were held against what happened afterwards; window: 123 days." in words
    assert "What was asked for" in words and "What was fitted" in words


def test_a_training_is_asked_for_done_and_deployed(model, make_customer, make_order):
    for number in range(3):
        customer = make_customer(f"C{number}")
        for days in (90, 50, 10):
            make_order(customer, now() - timedelta(days=days))
    client = boss()
    assert 'value="91"' in client.get(address("train", model)).content.decode()
    response = client.post(address("train", model), {"parameter-holdout_days": "30"})
    assert response["Location"] == address("change", model)
    run = TrainingRun.objects.get()
    assert (run.parameters, run.deploys) == ({"holdout_days": 30}, False)
    assert run.requested_by == client.user
    # A second one just like it joins it, and that is said.
    response = client.post(address("train", model), {"parameter-holdout_days": "30"}, follow=True)
    assert "A training with just these settings is under way already" in words_of(response)
    assert TrainingRun.objects.count() == 1
    execute_training(run.pk)
    words = words_of(client.get(address("change", model)))
    assert "has made version 1; its approval check: not evaluated" in words
    assert "Holdout" not in words and "Days held out" in words


def test_training_with_the_usual_settings_is_one_click(clv, make_customer, make_order):
    make_order(make_customer("C1"), now() - timedelta(days=90))
    client = boss()
    page = address("change", clv)
    reply = client.post(address("train", clv), {"usual": "on"})
    assert reply.headers.get("Location") == page
    # While no version is deployed, the new one is deployed if it passes; the page says so. One that
    # has passed and waits is not passed over.
    for gate, deploys in ((None, True), (Gate.FAILED, True), (Gate.PASSED, False)):
        TrainingRun.objects.all().delete()
        if gate:
            make_version(clv, gate)
        is_said = "the new one is deployed if it passes" in words_of(client.get(page))
        client.post(address("train", clv), {"usual": "on"})
        assert is_said == TrainingRun.objects.get().deploys == deploys, gate


def test_training_again_is_told_what_the_version_in_use_was_told(clv, make_customer, make_order):
    make_order(make_customer("C1"), now() - timedelta(days=90))
    tree = {"match": "all", "conditions": []}
    segment = create_segment(Definition("All", conditions=tree), author=None).segment
    parameters = {"horizon_days": 30, "margin": 0.25}
    deploy(make_version(clv, parameters=parameters, segment=segment))
    make_version(clv)
    client = boss()
    sent = {"usual": "on"}
    assert "is queued" in words_of(client.post(address("train", clv), sent, follow=True))
    run = TrainingRun.objects.get()
    assert parameters.items() <= run.parameters.items()
    assert run.segment == segment and not run.deploys
    again = words_of(client.post(address("train", clv), sent, follow=True))
    assert "A training is under way already: no other begins before it has ended." in again
    # What cannot be trained is refused with its reason.
    TrainingRun.objects.all().delete()
    ModelVersion.objects.update(parameters={"horizon_days": -1})
    again = words_of(client.post(address("train", clv), sent, follow=True))
    assert "horizon_days" in again and not TrainingRun.objects.exists()
    ModelVersion.objects.update(parameters=parameters)
    # The button of Insights requests the same.
    client.post("/admin/predictions/analyticstable/train/", {"model": "clv"})
    assert parameters.items() <= TrainingRun.objects.get().parameters.items()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"parameter-discount": "0,2"}, "Discount a year 0.1 instead of 0.2."),
        (
            {"parameter-family": "mbg_nbd"},
            "but the first (BG/NBD) instead of customers may leave after any",
        ),
        ({"as_of": "2025-06-02T03:04"}, "instead of Jun 2, 2025, 03:04."),
        ({"deploys": "on"}, "its version is not deployed by itself."),
    ],
)
def test_a_training_that_is_told_otherwise_is_not_joined(
    clv, make_customer, make_order, given, said
):
    make_order(make_customer("A"), datetime(2025, 1, 1, tzinfo=UTC))
    client = boss()
    usual = {"parameter-family": "bg_nbd"}
    client.post(address("train", clv), usual)
    response = client.post(address("train", clv), usual | given)
    words = words_of(response)
    assert "Nothing was begun, since another training is under way" in words and said in words
    for value in given.values():
        assert value in response.content.decode()
    assert TrainingRun.objects.count() == 1
    # Of this week's training, too, one is told that it is another.
    definition = Definition("Best", conditions={"match": "all", "conditions": []})
    segment = create_segment(definition, author=None).segment
    TrainingRun.objects.update(as_of=now() - timedelta(days=2), segment=segment)
    words = words_of(client.post(address("train", clv), usual))
    assert "instead of now; only about the members of “Best”." in words


@pytest.mark.parametrize(
    "text",
    ["1e99999", "9" * 5000, "NaN", "0", "3651", "9.5", "1,0", "true", "１２", "[91]", "-91"],
)
def test_a_number_that_is_none_is_refused_at_its_field(model, make_customer, make_order, text):
    make_order(make_customer("A"), now() - timedelta(days=9))
    response = boss().post(address("train", model), {"parameter-holdout_days": text})
    assert "A whole number from 1 to 3650 is needed." in words_of(response)
    assert not TrainingRun.objects.exists()


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        *(("discount", text, "A number from 0 to 1") for text in ("1,1", "1e400", "9" * 400, "-1")),
        ("margin", "NaN", "A number from 0 to 1"),
        ("family", "other", "not one of the available choices"),
    ],
)
def test_numbers_and_words_are_never_guessed(clv, make_customer, make_order, name, text, error):
    make_order(make_customer("A"), now() - timedelta(days=9))
    given = {"parameter-family": "bg_nbd", f"parameter-{name}": text}
    assert error in words_of(boss().post(address("train", clv), given))
    assert not TrainingRun.objects.exists()


@pytest.mark.parametrize(
    ("language", "text", "spelled"),
    [("en", "0.35", "0.1"), ("de", "0,35", "0,1"), ("de", "0.35", "0,1"), ("fr", ",35", "0,1")],
)
def test_decimals_are_read_as_people_write_them(
    clv, make_customer, make_order, language, text, spelled
):
    make_order(make_customer("A"), now() - timedelta(days=9))
    client = boss()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    assert f'value="{spelled}"' in client.get(address("train", clv)).content.decode()
    client.post(address("train", clv), {"parameter-family": "bg_nbd", "parameter-margin": text})
    assert TrainingRun.objects.get().parameters["margin"] == 0.35


@pytest.mark.parametrize(
    ("language", "text", "error"),
    [
        ("en", "1,000", "“1,000” could mean 1 or 1000: please write one of these."),
        ("de", "1.000", "„1.000“ kann 1 oder 1000 bedeuten"),
        ("de", "1,234", "„1,234“ kann 1,2340 oder 1234 bedeuten"),
    ],
)
def test_what_could_be_two_numbers_is_asked_about(
    model, make_customer, make_order, language, text, error
):
    make_order(make_customer("A"), now() - timedelta(days=9))
    client = boss()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    response = client.post(address("train", model), {"parameter-holdout_days": text})
    assert error in words_of(response)
    assert f'value="{text}"' in response.content.decode()
    assert not TrainingRun.objects.exists()


@pytest.mark.parametrize(
    ("text", "number"),
    [(text, number) for text, number in EVERYWHERE.items() if not set("€EUReur") & set(text)],
)
def test_numbers_are_read_as_the_builder_reads_them(text, number):
    assert read_number(text) == (Decimal(number) if number else None)


@pytest.mark.parametrize("text", [text for text, why in REFUSED.items() if why in {"none", "long"}])
def test_what_the_builder_takes_for_no_number_is_none(text):
    assert read_number(text) is None


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("1999-01-01T00:00", "Nobody had bought anything yet on Jan 1, 1999, 00:00."),
        ("9999-12-31T23:59", "That is too far away."),
        ("2999-01-01T00:00", "That is still to come."),
        ("yesterday", "This is no date and time such as 2026-04-10 12:00."),
        ("01/02/2026", "This is no date and time such as 2026-04-10 12:00."),
        ("2026-01-01", "This is no date and time such as 2026-04-10 12:00."),
    ],
)
def test_a_moment_that_cannot_be_is_refused_at_its_field(
    model, make_customer, make_order, text, error
):
    make_order(make_customer("A"), now() - timedelta(days=9))
    response = boss().post(address("train", model), {"as_of": text})
    words = words_of(response)
    assert error in words
    assert "Nothing later is looked at. In the time zone UTC." in words
    assert list(response.context["form"].errors) == ["as_of"]
    assert not TrainingRun.objects.exists()


def test_a_training_is_cancelled(model):
    make_run(model)
    client = boss()
    assert "is cancelled" in words_of(client.post(address("cancel", model), follow=True))
    assert TrainingRun.objects.get().outcome == "cancelled"
    assert "No training is under way" in words_of(
        client.post(address("cancel", model), follow=True)
    )


def test_rules_are_not_trained(db):
    rules = PredictionModel.objects.get(code="rfm")
    client = boss()
    words = words_of(client.get(address("change", rules)))
    assert "there is nothing to train" in words and "Train now" not in words
    assert "there is nothing to train" in words_of(client.get(address("train", rules), follow=True))


def test_scored_model_leads_to_its_customers(db):
    rules = PredictionModel.objects.get(code="rfm")
    link = f'href="{reverse("admin:predictions_analyticstable_rfm")}">See customers</a>'
    assert link not in boss().get(address("change", rules)).content.decode()
    score(as_of=now())
    assert link in boss().get(address("change", rules)).content.decode()


def filled_buttons(html):
    return re.findall(r'class="button default"[^>]*>([^<]*)<', html)


def test_version_is_deployed_at_once_where_nothing_is_to_be_confirmed(clv):
    client, version = boss(), make_version(clv)
    page = address("deploy", clv, 1)
    html = client.get(address("change", clv)).content.decode()
    assert f'<form method="post" action="{page}">' in html
    assert '<input type="hidden" name="at_once" value="">' in html
    assert client.post(page, {"at_once": ""}).status_code == 302
    clv.refresh_from_db()
    assert clv.deployed == version
    make_version(clv)
    html = client.get(address("change", clv)).content.decode()
    assert f'name="at_once" value="{version.pk}"' in html


def ask_for_scores(clv):
    condition = {"attribute": "prediction.clv", "operator": "gt", "value": "7"}
    tree = {"match": "all", "conditions": [condition]}
    create_segment(Definition("Rich", conditions=tree), author=None)


@pytest.mark.parametrize(
    ("change", "values"),
    [
        (ask_for_scores, {}),
        (lambda clv: deploy(make_version(clv)), {}),
        (lambda clv: None, {"warnings": ["total_error"]}),
        (lambda clv: None, {"parameters": {"holdout_days": 91, "horizon_days": 30}}),
        (lambda clv: None, {"gate": Gate.NOT_EVALUATED}),
    ],
)
def test_what_is_to_be_confirmed_is_not_deployed_at_once(clv, change, values):
    before = make_version(clv)
    deploy(before)
    asked = make_version(clv, **values)
    change(clv)
    clv.refresh_from_db()
    in_use = clv.deployed
    response = boss().post(address("deploy", clv, asked.number), {"at_once": str(before.pk)})
    assert "No, take me back" in words_of(response)
    clv.refresh_from_db()
    assert clv.deployed == in_use


def test_filled_button_of_a_model_is_its_next_step(model):
    def shown():
        return boss().get(address("change", model)).content.decode()

    assert filled_buttons(shown()) == ["Train now"]
    version = make_version(model)
    assert filled_buttons(shown()) == ["Deploy version 1"] and "Train again" in shown()
    for state, gate in (("refused", "failed"), ("retired", "passed")):
        type(version).objects.filter(pk=version.pk).update(state=state, gate=gate)
        assert filled_buttons(shown()) == []


# Deploying -----------------------------------------------------------------------------------


def test_what_passed_is_deployed_once_confirmed(model):
    make_version(model)
    client = boss()
    page = address("deploy", model, 1)
    assert "Reason" not in words_of(client.get(page))
    assert not Deployment.objects.exists()
    assert "Version 1 is deployed" in words_of(client.post(page, follow=True))
    model.refresh_from_db()
    assert model.deployed.number == 1 and model.is_owed
    entry = AuditEntry.objects.get(action="model_deployed")
    assert (entry.username, entry.after) == (client.user.username, {"version": 1})
    assert "is deployed already" in words_of(client.post(page, follow=True))
    assert Deployment.objects.count() == 1


@pytest.mark.parametrize("gate", [Gate.FAILED, Gate.NOT_EVALUATED])
def test_what_did_not_pass_wants_a_reason(model, gate):
    make_version(model, gate)
    client = boss()
    page = address("deploy", model, 1)
    assert "10 to 500 characters" in words_of(client.get(page))
    for reason in ("", "too short", " " * 20, "x" * 501, "with a \0 inside of it"):
        response = client.post(page, {"reason": reason})
        assert response.status_code == 200 and response.context["form"].errors, reason
    assert not Deployment.objects.exists()
    client.post(page, {"reason": EVIL})
    assert Deployment.objects.get().reason == EVIL
    assert ModelVersion.objects.get(model=model).gate == Gate.OVERRIDDEN
    html = client.get(address("change", model)).content.decode()
    assert "<img src=x" not in html and "&lt;img src=x" in html


def test_going_back_is_confirmed_and_done_once(model):
    client = boss()
    page = address("rollback", model)
    deploy(make_version(model))
    assert "Nothing was deployed before." in words_of(client.get(page, follow=True))
    for _number in range(2):
        deploy(make_version(model))
    response = client.get(page)
    assert "Version 3 makes way for version 2" in words_of(response)
    sent = {"deployment": response.context["deployment"].pk}
    client.post(page, sent)
    assert "Another version was deployed" in words_of(client.post(page, sent, follow=True))
    model.refresh_from_db()
    assert model.deployed.number == 2
    assert "Roll back" in words_of(client.get(address("change", model)))


def test_the_audit_log_says_in_words_what_was_deployed_and_withdrawn(model, admin_client):
    for _number in range(2):
        deploy(make_version(model))
    rollback(model)
    entry = AuditEntry.objects.filter(action="model_deployed").order_by("-pk")[0]
    html = admin_client.get(f"/admin/customers/auditentry/{entry.pk}/change/").content.decode()
    words = re.sub(r"<[^>]*>|\s+", " ", html)
    assert "version that was withdrawn" in words and "version in use" in words
    assert "rolled_back" not in words and "null" not in words
    html = admin_client.get("/admin/customers/auditentry/").content.decode()
    assert "version in use, version that was withdrawn" in html or (
        "version that was withdrawn, version in use" in html
    )


def test_the_list_says_what_each_model_is_for_and_the_page_where_to_deploy(model):
    make_version(model)
    client = boss()
    assert "Predicts on which day each customer will buy next." in words_of(client.get(LIST))
    assert set(PURPOSES) == set(KINDS)
    html = client.get(address("change", model)).content.decode()
    table = html.split('id="versions"')[1]
    # On a small screen the button stands beside the number, and nobody needs to look for it.
    assert re.search(r'<td>1</td><td><a class="button"[^>]*>Deploy</a></td>', table)


def test_two_versions_stand_side_by_side(model):
    make_version(model)
    make_version(model, Gate.FAILED, [{**NEXT_ORDER[0], "value": 60.0}], parameters={"k": EVIL})
    client = boss()
    response = client.get(address("compare", model), {"one": "1", "other": "2"})
    words = words_of(response)
    for shown in ("40 days (50 days)", "60 days (50 days)", "passed", "failed", "91"):
        assert shown in words
    assert "<img src=x" not in response.content.decode()
    for asked in ({}, {"one": "1"}, {"one": "1", "other": "3"}, {"one": "1", "other": "-1"}):
        assert client.get(address("compare", model), asked).status_code == 404
    for asked in ("1" * 5000, "²", "\0", " 1", "99999999999"):
        both = {"one": "1", "other": asked}
        assert client.get(address("compare", model), both).status_code == 404


def test_the_main_figure_over_the_versions_is_drawn_with_its_table(model):
    client = boss()
    make_version(model)
    assert "<polyline" not in client.get(address("change", model)).content.decode()
    make_version(model, Gate.NOT_EVALUATED, [])
    make_version(model, metrics=[{**NEXT_ORDER[0], "value": 30.0}])
    html = client.get(address("change", model)).content.decode()
    # Between them lies one that was not measured: two lines, in two stretches each.
    assert html.count("<polyline") == 4
    assert "mean error: from 40 days to 30 days" in html
    assert re.search(INLINE, html) is None


def test_parameters_and_what_was_fitted_have_names_and_round_figures(clv, model):
    fitted = {"alpha": 4.413612345678901, "mean_value": 30.123456, "medians": {"age_days": 300.0}}
    fitted |= {"health": ["no_dropout_visible"], "family": "mbg_nbd", "customers": 1234}
    make_version(clv, Gate.PASSED, [], parameters={"family": "mbg_nbd"}, fitted=fitted)
    make_version(clv, Gate.PASSED, [], parameters={"family": "bg_nbd"}, fitted=fitted)
    churn = PredictionModel.objects.get(code="churn")
    briers = {"logistic": 0.1234567890123456}
    make_version(churn, Gate.PASSED, [], parameters={"seed": 0}, fitted={"briers": briers})
    make_version(model)
    client = boss()
    pages = [address("change", clv), f"{address('compare', clv)}?one=1&other=2"]
    for page in pages:
        words = words_of(client.get(page))
        for said in (
            "customers may leave after any purchase but the first (BG/NBD)",
            "How often customers buy, scale in weeks (alpha) 4.4136",
            "Mean value of their purchases €30.12",
            "Median: Days since the first sale 300",
            "nobody is seen to leave for good",
        ):
            assert said in words.replace("  ", " "), page
        assert "bg_nbd" not in words and "health" not in words
    assert "Error of the probabilities: logistic regression 0.1235" in words_of(
        client.get(address("change", churn))
    ).replace("  ", " ")
    assert "Earliest and latest, in usual gaps 0.5; 1.5" in words_of(
        client.get(address("change", model))
    ).replace("  ", " ")
    html = client.get(address("train", clv)).content.decode()
    assert '<option value="mbg_nbd" selected>Customers may leave after any purchase' in html


def test_versions_of_different_windows_are_not_compared(db):
    churn = PredictionModel.objects.get(code="churn")
    for days, value in ((30, 0.2), (90, 0.1), (90, 0.15)):
        metric = {"name": "brier", "baseline": "recency_only", "baseline_value": 0.3}
        make_version(
            churn,
            metrics=[metric | {"value": value}],
            fitted={"window_days": days, "briers": {"mlp": value}},
        )
    client = boss()
    response = client.get(address("change", churn))
    words, html = words_of(response), response.content.decode()
    assert words.count("30 days") == 1 and words.count("90 days") == 4
    # One for each window, of the model and of counting: what differs is not joined.
    assert html.count("<polyline") == 4
    assert "The lines are broken where the window changes" in words
    assert "Error of the probabilities: from" not in html
    response = client.get(address("compare", churn), {"one": "1", "other": "2"})
    words = words_of(response)
    assert "Window: 30 days in version 1, 90 days in version 2." in words
    marked = [
        row.label for _name, rows in response.context["groups"] for row in rows if row.differs
    ]
    assert (
        "Window" in marked
        and "Error of the probabilities (compared with the days since the last order)" not in marked
    )
    assert "Error of the probabilities: neural network (MLP)" not in marked
    response = client.get(address("compare", churn), {"one": "2", "other": "3"})
    assert "cannot be compared" not in words_of(response)
    marked = [
        row.label for _name, rows in response.context["groups"] for row in rows if row.differs
    ]
    assert (
        "Error of the probabilities (compared with the days since the last order)" in marked
        and "Window" not in marked
    )


# Who may what --------------------------------------------------------------------------------


def test_who_lacks_a_permission_has_neither_button_nor_way(model):
    deploy(make_version(model))
    deploy(make_version(model))
    make_version(model)
    make_run(model)
    deeds = {
        TRAIN: [address("train", model), address("cancel", model)],
        DEPLOY: [address("deploy", model, 3), address("rollback", model)],
    }
    viewer = client_with(VIEW)
    html = viewer.get(address("change", model)).content.decode()
    assert "40 days" in html
    for addresses in deeds.values():
        for one in addresses:
            assert one not in html
            assert viewer.post(one, {"deployment": "1"}).status_code == 403
            assert viewer.get(one).status_code == 403
    trainer = client_with(VIEW, TRAIN)
    html = trainer.get(address("change", model)).content.decode()
    assert all(one in html for one in deeds[TRAIN])
    assert not any(one in html for one in deeds[DEPLOY])
    assert "deploys" not in trainer.get(address("train", model)).content.decode()
    for one in deeds[DEPLOY]:
        assert trainer.post(one).status_code == 403
    model.refresh_from_db()
    assert model.deployed.number == 2 and TrainingRun.objects.get().outcome == ""


def test_who_may_not_see_scores_sees_no_number(model):
    deploy(make_version(model))
    pages = [LIST, address("change", model), address("train", model), address("cancel", model)]
    pages += [address("deploy", model, 1), address("rollback", model)]
    pages += [f"{address('compare', model)}?one=1&other=1"]
    other = client_with(TRAIN, DEPLOY)
    for page in pages:
        for response in (other.get(page), other.post(page)):
            assert response.status_code == 403
            assert "40 days" not in response.content.decode()
    index = other.get(reverse("admin:index")).content.decode()
    assert LIST not in index


def test_who_is_refused_is_told_which_permission_is_lacking(model, make_customer):
    make_version(model)
    viewer, other = client_with(VIEW), client_with("customers.view_customer", TRAIN)
    scores = "“Can see customers&#x27; scores” (predictions.view_scores)"
    customer = reverse("admin:customers_customer_scores", args=[make_customer("A").pk])
    for client, page, said in (
        (viewer, address("train", model), "“Can train models” (predictions.train_model)"),
        (viewer, address("deploy", model, 1), "“Can deploy models” (predictions.deploy_model)"),
        (other, LIST, scores),
        (other, address("change", model), scores),
        (other, reverse("admin:predictions_analyticstable_value"), scores),
        (other, customer, f"{scores}, “Can see the members of segments”"),
    ):
        response = client.get(page)
        assert response.status_code == 403
        html = response.content.decode()
        assert said in html and "under Users" in html, page
        assert ("these permissions" in html) == (", “" in said)
    viewer.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
    html = viewer.get(address("train", model)).content.decode()
    assert "Darf Modelle trainieren" in html


def test_trainers_who_may_not_deploy_do_not_by_the_way(model, make_customer, make_order):
    make_order(make_customer("A"), now() - timedelta(days=9))
    client_with(VIEW, TRAIN).post(address("train", model), {"deploys": "on"})
    assert TrainingRun.objects.get().deploys is False
    TrainingRun.objects.all().delete()
    client = boss()
    client.post(address("train", model), {"deploys": "on"})
    assert TrainingRun.objects.get().deploys is True
    words = words_of(client.get(address("train", model)))
    assert "even where it measures something else than the version in use" in words


def test_deeds_are_done_by_post_only_and_with_a_token(model):
    make_version(model)
    client = boss()
    assert client.get(address("cancel", model)).status_code == 405
    assert client.post(address("change", model)).status_code == 405
    client.handler.enforce_csrf_checks = True
    for page in (address("deploy", model, 1), address("train", model), address("cancel", model)):
        assert client.post(page).status_code == 403
    assert not Deployment.objects.exists()


def test_models_and_versions_that_there_are_not(model):
    client = boss()
    make_version(model)
    for number in (0, 2, 2**31, 2**70):
        assert client.get(address("deploy", model, number)).status_code == 404
    for key in (0, 2**70):
        page = reverse("admin:predictions_predictionmodel_change", args=[key])
        assert client.get(page).status_code == 404


def test_hostile_text_is_text(model):
    make_version(model, warnings=[EVIL], fitted={EVIL: {EVIL: EVIL}}, parameters={EVIL: EVIL})
    make_version(model, metrics=[{**NEXT_ORDER[1], "name": EVIL}])
    deploy(ModelVersion.objects.get(model=model, number=1))
    make_run(model, outcome="failed", error=EVIL)
    client = boss()
    two = f"{address('compare', model)}?one=1&other=2"
    for page in (LIST, address("change", model), two, address("deploy", model, 2)):
        html = client.get(page).content.decode()
        assert "<img src=x" not in html, page
        assert re.search(INLINE, html.replace("&lt;img src=x onerror=", "")) is None, page


def test_the_steps_are_those_of_a_training():
    """A step that the page does not know would stand at the first one."""
    run = TrainingRun(phase="store", lease_expires_at=now() + timedelta(minutes=1))
    assert [one.state for one in training.Progress(run).steps] == ["done"] * 3 + ["now"]
