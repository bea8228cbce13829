"""Typed sentences about opens and clicks: of which mails, how often, in which days."""

import pytest

from campaigns.models import Campaign, Sequence
from campaigns.tests.conditions.test_reading import mails, report
from conditions.reading import read_sentence
from conditions.reading.vocabulary.minute_cache import forget

pytestmark = [pytest.mark.django_db, pytest.mark.once]

SPRING = {"attribute": "mail.campaign", "operator": "is", "value": "spring"}
OPENED, CLICKED = (report(name, "is_not_empty") for name in ("opened_at", "clicked_at"))
NOT_CLICKED = report("clicked_at", "is_empty")


@pytest.fixture(autouse=True)
def spring(make_template):
    """A campaign that sentences may name."""
    forget()
    yield Campaign.objects.create(code="spring", name="Spring", template=make_template())
    forget()


def trees_of(text, language):
    """Return the tree of each reading, with conditions of groups in order; all is understood."""
    read = read_sentence(text, language=language)
    assert not read.unread
    found = [one.conditions for one in read.readings]
    for node in (node for tree in found for node in tree["conditions"]):
        node.get("conditions", []).sort(key=lambda one: one.get("attribute", ""))
    return found


def nodes_of(text, language):
    """Return the conditions of each reading, all of which must hold."""
    found = trees_of(text, language)
    assert {one["match"] for one in found} == {"all"}
    return [one["conditions"] for one in found]


@pytest.mark.parametrize(
    ("language", "text", "match", "aggregate"),
    [
        ("en", "neither opened nor clicked the Spring campaign", "all", "not_exists"),
        ("de", "haben Spring weder geöffnet noch geklickt", "all", "not_exists"),
        ("fr", "n'ont ni ouvert ni cliqué Spring", "all", "not_exists"),
        ("en", "did not open or click the Spring campaign", "all", "not_exists"),
        ("en", "opened or clicked Spring", "any", "exists"),
        ("en", "opened and clicked Spring", "all", "exists"),
        ("de", "haben Spring geöffnet oder geklickt", "any", "exists"),
    ],
)
def test_campaign_of_two_deeds_is_named_once(language, text, match, aggregate):
    """Catches an opening of any mail in the place of one of that campaign, and "or" as "and"."""
    first = trees_of(text, language)[0]
    nodes = [mails(aggregate, SPRING, OPENED), mails(aggregate, SPRING, CLICKED)]
    assert first == {"match": match, "conditions": nodes}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "got Spring but neither opened nor clicked it"),
        ("fr", "ont reçu Spring mais ne l'ont ni ouvert ni cliqué"),
    ],
)
def test_it_is_the_campaign_named_before(language, text):
    """Catches customers who opened another mail and are left out."""
    (nodes,) = nodes_of(text, language)
    assert nodes[1:] == [mails("not_exists", SPRING, OPENED), mails("not_exists", SPRING, CLICKED)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "opened Spring but no mail in the last 30 days"),
        ("de", "haben Spring geöffnet, aber keine Mail in den letzten 30 Tagen"),
        ("fr", "ont ouvert Spring mais aucun e-mail ces 30 derniers jours"),
    ],
)
def test_mail_without_a_verb_was_not_opened(language, text):
    """Catches "got no mail", which a clause with a verb of its own states."""
    (nodes,) = nodes_of(text, language)
    assert nodes[1] == mails("not_exists", report("opened_at", "in_last_days", 30))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "opened Spring but got no mail in the last 30 days"),
        ("de", "haben Spring geöffnet, aber in den letzten 30 Tagen keine Mail bekommen"),
        ("de", "haben Spring geöffnet, aber bekamen in den letzten 30 Tagen keine Mail"),
        ("fr", "ont ouvert Spring mais ne reçoivent aucun e-mail ces 30 derniers jours"),
        ("en", "opened Spring but have had no mail in the last 30 days"),
        ("de", "haben Spring geöffnet, aber hatten in den letzten 30 Tagen keine Mail"),
        ("fr", "ont ouvert Spring mais n'ont eu aucun e-mail ces 30 derniers jours"),
    ],
)
def test_mail_with_a_verb_was_not_sent(language, text):
    """Catches "opened no mail in these days", and "reçoivent" that is unknown with its accent."""
    (nodes,) = nodes_of(text, language)
    assert nodes[1] == mails("not_exists", report("sent_at", "in_last_days", 30))


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        (
            "opened the last 3 mails but clicked none of them",
            [mails("every", OPENED, last=3), mails("every", NOT_CLICKED, last=3)],
        ),
        (
            "opened the last 3 mails but never clicked any of them",
            [mails("every", OPENED, last=3), mails("every", NOT_CLICKED, last=3)],
        ),
        (
            "got mails in the last 30 days but opened none",
            [
                mails("exists", report("sent_at", "in_last_days", 30)),
                mails("not_exists", OPENED, report("sent_at", "in_last_days", 30)),
            ],
        ),
    ],
)
def test_none_of_them_denies_the_mails_named_before(text, nodes):
    """Catches mails that were clicked, the opposite, and a denial of all mails ever."""
    assert nodes_of(text, "en")[0] == nodes


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "no mail opened for two months"),
        ("de", "seit zwei Monaten keine Mail geöffnet"),
        ("de", "seit zwei Monaten keine Mail mehr geöffnet"),
        ("fr", "n'ont ouvert aucun e-mail depuis deux mois"),
    ],
)
def test_length_after_a_denied_deed_is_that_of_the_last_days(language, text):
    """Catches "no mail opened more than 60 days ago"."""
    assert nodes_of(text, language) == [
        [mails("not_exists", report("opened_at", "in_last_days", 60))]
    ]


def clicks(operator, value, *conditions):
    """Return a comparison of the number of clicks."""
    of = {"of": "mail.clicks", "operator": operator, "value": value}
    return mails("sum", *conditions, **of)


@pytest.mark.parametrize(
    ("language", "text", "nodes"),
    [
        ("en", "total mail clicks over 5", [clicks("gt", "5")]),
        ("de", "mehr als zwanzig Klicks insgesamt", [clicks("gt", "20")]),
        (
            "en",
            "clicked our mails more than 5 times",
            [clicks("gt", "5"), mails("count", CLICKED, operator="gt", value=5)],
        ),
        (
            "fr",
            "ont cliqué au moins deux fois dans Spring",
            [
                clicks("gte", "2", SPRING),
                mails("count", SPRING, CLICKED, operator="gte", value=2),
            ],
        ),
        (
            "en",
            "more than 5 mail clicks",
            [clicks("gt", "5"), mails("exists", report("clicks", "gt", 5))],
        ),
    ],
)
def test_clicks_are_no_mails(language, text, nodes):
    """Catches the number of clicked mails taken for that of clicks without a word."""
    assert nodes_of(text, language) == [[node] for node in nodes]


def test_denial_before_a_number_of_clicks_denies_the_number():
    """Catches "more than 2 mails that were not clicked"."""
    read = read_sentence("did not click our mails more than twice", language="en").readings
    assert [one.conditions for one in read] == [
        {"match": "none", "conditions": [clicks("gt", "2")]},
        {"match": "all", "conditions": [mails("count", CLICKED, operator="lte", value=2)]},
    ]


def test_clicks_within_some_days_are_marked():
    """Only the time of the first click is known."""
    assert not read_sentence("more than 5 clicks in May", language="en").readings


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Mail bekommen, aber nicht die Kampagne Spring"),
        ("fr", "ont reçu un e-mail mais pas la campagne Spring"),
    ],
)
def test_denied_campaign_was_not_got(language, text):
    """Catches "a mail of another campaign" offered before "no mail of that campaign"."""
    assert nodes_of(text, language)[0] == [mails("exists"), mails("not_exists", SPRING)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "opened a mail or ordered in May 2025"),
        ("fr", "ont ouvert un e-mail ou commandé en mai 2025"),
    ],
)
def test_month_of_both_deeds_is_that_of_the_opening(language, text):
    """Catches mails that were sent in May and opened at any time."""
    trees = trees_of(text, language)
    assert {one["match"] for one in trees} == {"any"}
    opened, in_may = (one["conditions"][0]["conditions"] for one in trees)
    assert (opened, in_may) == (
        [OPENED],
        [report("opened_at", "between", ["2025-05-01", "2025-05-31"])],
    )


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "can't get mail"),
        ("en", "cannot be mailed"),
        ("en", "can't get newsletters"),
        ("en", "cannot get any emails"),
        ("en", "can not receive mail"),
        ("en", "may not be mailed"),
        ("en", "must not be e-mailed"),
        ("de", "können keine Mail bekommen"),
        ("de", "darf keine Mails bekommen"),
        ("de", "Kunden, die keine E-Mails erhalten dürfen"),
        ("de", "darf nicht angeschrieben werden"),
        ("fr", "ne peuvent pas recevoir d'e-mails"),
        ("fr", "ne doit recevoir aucun mail"),
    ],
)
def test_customers_who_may_get_no_mail_are_no_customers_without_mail(language, text):
    """Catches "got no mail", "may be mailed", and "ca" of "can't" read as Canada."""
    assert nodes_of(text, language) == [
        [{"attribute": "mailing.may_get", "operator": "is", "value": False}]
    ]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "cannot order"),
        ("de", "können nicht bestellen"),
        ("fr", "ne peuvent pas commander"),
    ],
)
def test_what_customers_cannot_do_is_marked(language, text):
    """Catches "never ordered"."""
    assert not read_sentence(text, language=language).readings


def test_ordinal_before_step_is_its_number():
    """Catches two mails, one of a sequence and one of that step."""
    ((node,),) = nodes_of("second step of a sequence", "en")
    sequence = {"attribute": "mail.sequence", "operator": "is_not_empty"}
    step = {"attribute": "mail.step", "operator": "is", "value": 2}
    assert node == mails("exists", sequence, step)


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "did not open Spring or Summer"), ("fr", "n'ont pas ouvert Spring ni Summer")],
)
def test_denial_before_two_campaigns_denies_both(spring, language, text):
    """Catches customers who opened one of them and not the other."""
    Campaign.objects.create(code="summer", name="Summer", template=spring.template)
    either = {"attribute": "mail.campaign", "operator": "is_one_of", "value": ["spring", "summer"]}
    assert nodes_of(text, language) == [[mails("not_exists", either, OPENED)]]


@pytest.mark.parametrize(
    ("language", "text", "aggregate"),
    [
        ("en", "opened mails in May 2025 and June 2025", "exists"),
        ("en", "did not open mails in May 2025 and June 2025", "not_exists"),
        ("de", "Mails im Mai 2025 und Juni 2025 geöffnet", "exists"),
        ("de", "im Mai 2025 und Juni 2025 Mails geöffnet", "exists"),
    ],
)
def test_deed_is_that_of_each_month(language, text, aggregate):
    """Catches mails that were sent in the second month."""
    months = [["2025-05-01", "2025-05-31"], ["2025-06-01", "2025-06-30"]]
    openings = [mails(aggregate, report("opened_at", "between", one)) for one in months]
    assert nodes_of(text, language) == [openings]


def test_month_after_neither_is_that_of_both_deeds():
    """Catches "never ordered" beside the mails of that month."""
    ((ordered, opened),) = nodes_of("neither ordered nor opened a mail in May 2025", "en")
    days = ["2025-05-01", "2025-05-31"]
    assert opened == mails("not_exists", report("opened_at", "between", days))
    in_may = {"attribute": "order.created_at", "operator": "between", "value": days}
    assert (ordered["aggregate"], ordered["conditions"]) == ("not_exists", [in_may])


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "have never received an e-mail"),
        ("fr", "n'ont jamais reçu d'e-mail"),
    ],
)
def test_email_that_was_never_received_is_no_address(language, text):
    assert nodes_of(text, language) == [[mails("not_exists")]]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "unsubscribed through the Spring campaign"),
        ("de", "haben sich von der Kampagne Spring abgemeldet"),
        ("fr", "se sont désabonnés par la campagne Spring"),
    ],
)
def test_campaign_that_customers_unsubscribed_by_is_that_mail(language, text):
    """Catches a mail of the campaign beside an unsubscription at any other time."""
    ((node,),) = nodes_of(text, language)
    assert node == mails("exists", SPRING, report("unsubscribed_at", "is_not_empty"))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "clicked Spring and ordered within 3 days"),
        ("de", "haben Spring geklickt und innerhalb von 3 Tagen bestellt"),
        ("fr", "ont cliqué dans Spring et commandé dans les 3 jours"),
    ],
)
def test_days_after_a_mail_begin_with_it(language, text):
    """Catches the last 3 days as the first meaning."""
    (answered,), plain = nodes_of(text, language)
    clicked = {"relation": "mails", "match": "all", "conditions": [SPRING]}
    steps = [clicked | {"at": "mail.clicked_at"}, {"relation": "sales", "within_days": 3}]
    assert answered == {"steps": steps}
    assert plain[0] == mails("exists", SPRING, CLICKED)


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "customers we may not mail", False),
        ("en", "can be reached by mail", True),
        ("de", "sind per Mail erreichbar", True),
        ("de", "sind nicht per Mail erreichbar", False),
        ("fr", "joignables par e-mail", True),
    ],
)
def test_customers_that_mail_reaches_may_get_it(language, text, value):
    """Catches customers who got a mail."""
    ((node,),) = nodes_of(text, language)
    assert node == {"attribute": "mailing.may_get", "operator": "is", "value": value}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "opened the last newsletter"),
        ("de", "den letzten Newsletter geöffnet"),
        ("fr", "ont ouvert la dernière newsletter"),
    ],
)
def test_opened_newsletter_is_a_mail(language, text):
    ((node,),) = nodes_of(text, language)
    assert node == mails("every", OPENED, last=1)


def test_newsletter_without_a_deed_is_a_subscription():
    first = nodes_of("kein Newsletter", "de")[0]
    assert [one["relation"] for one in first] == ["newsletter"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "got step 2 of the Welcome sequence"),
        ("de", "haben Schritt 2 der Welcome-Sequenz bekommen"),
        ("fr", "ont reçu l'étape 2 de la séquence Welcome"),
    ],
)
def test_sequence_has_the_name_of_its_segment(language, text, make_segment):
    """Catches two mails: one of the sequence, and one of that step of any sequence."""
    row = Sequence.objects.create(segment=make_segment("Welcome"), trigger="enter")
    ((node,),) = nodes_of(text, language)
    sequence = {"attribute": "mail.sequence", "operator": "is", "value": str(row.pk)}
    step = {"attribute": "mail.step", "operator": "is", "value": 2}
    assert node == mails("exists", sequence, step)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "did not get step 2 of a sequence"),
        ("de", "haben Schritt 2 einer Sequenz nicht bekommen"),
        ("fr", "n'ont pas reçu l'étape 2 de la séquence"),
    ],
)
def test_denied_step_denies_that_mail(language, text):
    """Catches another step of the sequence."""
    ((node,),) = nodes_of(text, language)
    sequence = {"attribute": "mail.sequence", "operator": "is_not_empty"}
    step = {"attribute": "mail.step", "operator": "is", "value": 2}
    assert node == mails("not_exists", sequence, step)


def test_step_stands_alone_in_sentences():
    (read,) = read_sentence("got step 2 of a sequence", language="en").readings
    assert "of step 2" in read.sentence


def test_segment_with_two_sequences_names_neither(make_segment):
    segment = make_segment("Welcome")
    for trigger in ("enter", "exit"):
        Sequence.objects.create(segment=segment, trigger=trigger)
    assert read_sentence("got the Welcome sequence", language="en").unread


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "clicked more mails than average"),
        ("fr", "ont cliqué plus d'e-mails que la moyenne"),
    ],
)
def test_more_clicked_mails_than_average_are_counted(language, text):
    """Catches a number of mails, clicked or not, beside a click."""
    ((node,),) = nodes_of(text, language)
    assert node == mails("count", CLICKED, operator="above_average")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "did not open more mails than average"),
        ("en", "never clicked more mails than average"),
        ("fr", "n'ont pas ouvert plus de mails que la moyenne"),
        ("en", "clicked and opened more mails than average"),
        ("en", "have not opened every one of their last 3 mails"),
        ("en", "unsubscribed through our website"),
        ("fr", "désabonnés suite à notre site"),
        ("en", "top 10 by number of opened mails in the last 30 days"),
        ("de", "Top 10 nach Anzahl der geöffneten Mails"),
    ],
)
def test_deed_that_no_condition_can_express_is_marked_whole(language, text):
    """Catches a part that is read without its denial, comparison or number, or as any mail."""
    assert not read_sentence(text, language=language).readings


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "got no newsletter in the last 30 days"),
        ("en", "did not get the newsletter in the last 30 days"),
        ("de", "in den letzten 30 Tagen keinen Newsletter bekommen"),
        ("fr", "n'ont reçu aucune newsletter ces 30 derniers jours"),
    ],
)
def test_newsletter_that_was_not_got_in_some_days_is_a_mail(language, text):
    """Catches a subscription that did not change in these days."""
    first = nodes_of(text, language)[0]
    assert first == [mails("not_exists", report("sent_at", "in_last_days", 30))]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "receiving the newsletter"),
        ("de", "Newsletter bekommen"),
        ("fr", "reçoivent la newsletter"),
    ],
)
def test_newsletter_that_customers_get_without_a_time_is_the_subscription(language, text):
    """Catches a mail of any kind in the place of today's subscription."""
    subscribed = {"attribute": "newsletter.status", "operator": "is", "value": "subscribed"}
    (found,) = nodes_of(text, language)
    assert [(one["relation"], one["conditions"]) for one in found] == [("newsletter", [subscribed])]


@pytest.mark.parametrize(
    ("language", "text", "is_suppressed"),
    [
        ("en", "email address is suppressed", True),
        ("en", "whose address is not suppressed", False),
        ("en", "address is not on the suppression list", False),
        ("en", "address was not suppressed", False),
        ("en", "address isn't blocked", False),
        ("en", "email address is not on the suppression list", False),
        ("en", "email was not suppressed", False),
        ("de", "deren E-Mail-Adresse gesperrt ist", True),
        ("de", "Adresse nicht gesperrt", False),
        ("de", "Adresse steht nicht auf der Sperrliste", False),
        ("de", "E-Mail-Adresse nicht auf der Sperrliste", False),
        ("fr", "adresse e-mail bloquée", True),
        ("fr", "adresse non bloquée", False),
        ("fr", "adresse n'est pas sur la liste de suppression", False),
        ("fr", "adresse pas bloquée", False),
        ("fr", "adresse n'était pas bloquée", False),
    ],
)
def test_suppressed_address_is_not_read_as_one_that_is_known(language, text, is_suppressed):
    """Catches the loss of what is said of the address."""
    suppressed = {"attribute": "mailing.suppressed", "operator": "is", "value": is_suppressed}
    assert nodes_of(text, language) == [[suppressed]]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "address was suppressed in the last 30 days"),
        ("en", "email address suppressed in the last 30 days"),
        ("de", "deren Adresse gesperrt wurde in den letzten 30 Tagen"),
        ("fr", "adresse a été bloquée ces 30 derniers jours"),
    ],
)
def test_time_after_suppressed_is_that_of_the_suppression(language, text):
    """Catches a state that has no time, so that nothing is understood."""
    assert nodes_of(text, language) == [
        [{"attribute": "mailing.suppressed_at", "operator": "in_last_days", "value": 30}]
    ]


@pytest.mark.parametrize(
    ("language", "text", "unread"),
    [
        ("en", "opened none but clicked one of the last 5 mails", "opened none"),
        ("en", "opened one but clicked none of the last 5 mails", "opened"),
        ("en", "opened none of the last 5 mails but clicked one of them", "clicked"),
        ("de", "keine geöffnet, aber eine der letzten 5 Mails geklickt", "keine geöffnet"),
        ("fr", "n'ont ouvert aucun mais cliqué un des 5 derniers e-mails", "ouvert aucun"),
    ],
)
def test_deed_beside_one_of_the_last_mails_is_not_one_of_all_mails(language, text, unread):
    """Catches the loss of "of the last 5" where the number stands with the other deed."""
    read = read_sentence(text, language=language)
    assert [one.text for one in read.unread] == [unread]


def test_deed_of_its_own_time_stands_beside_the_last_mails():
    """Catches a click in May that is not understood."""
    text = "opened none of the last 5 mails but clicked in May"
    assert len(nodes_of(text, "en")[0]) == 2
