"""The cause of a change is the first fact that explains half of the change."""

from alerts.causes.shares import Cause, explain_change


def test_first_fact_with_half_is_the_cause():
    shares = {Cause.MAIL: 0.9, Cause.IMPORT: 0.5, Cause.DEFINITION: 0.49, Cause.PRICE_RULE: 0.09}
    explained = explain_change(shares)
    assert explained.cause == Cause.IMPORT
    assert explained.also == (Cause.DEFINITION, Cause.MAIL)
    assert explain_change({Cause.MAIL: 0.3}) == (type(explained)(Cause.UNKNOWN, (Cause.MAIL,)))
