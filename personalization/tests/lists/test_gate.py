"""Which algorithm serves a list after a night."""

import numpy as np

from personalization.gate import Interval, paired
from personalization.gate.choice import Candidate, Choice, choose

ABOVE, BELOW = Interval(0.02, 0.01, 0.03), Interval(-0.02, -0.03, -0.01)
UNSURE = Interval(0.0, -0.01, 0.01)


def candidate(name, ndcg, *against, **over):
    return Candidate(name, ndcg, dict(zip(("one", "other"), against, strict=True)), over)


def test_the_best_of_those_that_beat_each_counter_serves():
    best = candidate("best", 0.3, ABOVE, UNSURE)
    good, fair = candidate("good", 0.2, ABOVE, ABOVE), candidate("fair", 0.1, ABOVE, ABOVE)
    assert choose([best, fair, good], None) == Choice("good")
    assert choose([best], None) == Choice(None)


def test_the_one_in_use_goes_only_for_a_sure_win():
    used = candidate("used", 0.1, UNSURE, UNSURE)
    assert choose([used, candidate("new", 0.2, ABOVE, ABOVE, used=UNSURE)], "used").name == "used"
    assert choose([used, candidate("new", 0.2, ABOVE, ABOVE, used=ABOVE)], "used").name == "new"


def test_what_lies_below_a_counter_is_replaced_at_once():
    used = candidate("used", 0.1, ABOVE, BELOW)
    assert choose([used], "used") == Choice(None, is_below=True)
    better = candidate("new", 0.2, ABOVE, ABOVE, used=UNSURE)
    assert choose([used, better], "used") == Choice("new", is_below=True)


def test_an_equal_candidate_is_seldom_promoted():
    dice = np.random.default_rng(20_261_129)
    promoted = 0
    for _shop in range(400):
        counter, equal = dice.beta(1, 2, size=(2, 300))
        candidate_of_shop = Candidate("equal", 0.3, {"one": paired(equal, counter)}, {})
        promoted += choose([candidate_of_shop], None).name == "equal"
    assert promoted <= 20


def test_a_deep_candidate_has_to_beat_what_serves_else():
    plain = candidate("plain", 0.1, ABOVE, ABOVE, deep=BELOW)

    def deep(**over):
        return Candidate("deep", 0.2, {"one": ABOVE}, over, is_deep=True)

    assert choose([plain, deep(plain=UNSURE)], None) == Choice("plain")
    assert choose([plain, deep(plain=UNSURE)], "plain") == Choice("plain")
    assert choose([plain, deep(plain=ABOVE)], None) == Choice("deep")
    # In use, it stays until another one lies above it or it falls below a counter.
    assert choose([plain, deep(plain=UNSURE)], "deep") == Choice("deep")
    below = Candidate("deep", 0.2, {"one": BELOW}, {"plain": UNSURE}, is_deep=True)
    assert choose([plain, below], "deep") == Choice("plain", is_below=True)
    assert choose([below], None) == Choice(None)
