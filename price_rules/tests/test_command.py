"""manage.py check_price_rules."""

import pytest
from django.core.management import CommandError, call_command

from segments.editing.deletion import delete_segments

pytestmark = pytest.mark.django_db


def test_all_is_well(make_rule, capsys):
    make_rule("a", action="none", value=None)
    call_command("check_price_rules")
    assert capsys.readouterr().out.splitlines() == [
        "a: gives_nothing: free_shipping: Without a discount and without free shipping, the rule "
        "gives nothing.",
        "1 rule is valid.",
    ]


def test_what_is_gone_is_named(make_rule, make_segment, capsys):
    segment = make_segment("VIP", code="vip")
    in_tree = {"attribute": "segment", "operator": "is", "value": "vip"}
    make_rule("a", segments={"operator": "is", "segments": ["vip"]})
    make_rule("b", conditions={"match": "all", "conditions": [in_tree]})
    make_rule("c")
    delete_segments([segment], author=None)
    with pytest.raises(CommandError, match="2 things are wrong"):
        call_command("check_price_rules")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[:3] for line in lines] == [
        ["a", "unknown_segment", "segments.segments[0]"],
        ["b", "unknown_segment", "conditions.conditions[0].value"],
    ]
