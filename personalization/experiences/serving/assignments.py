"""The variants of running experiments for a shopper, and the assignments to store.

A stored assignment never changes. Without one, `assignment.assign` computes the variant for
shoppers in the audience. Shoppers who are anonymous, held out, refuse personalization or may not be
tracked do not take part.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cached_property

from conditions.errors import InvalidTree
from personalization.assignment import assign
from personalization.conditions.audience import is_question
from personalization.experiences.serving.bandits import at_batch, final_winner
from personalization.experiences.serving.catalogue import Running
from personalization.experiences.serving.shopper import Shopper
from personalization.models import Assignment

logger = logging.getLogger(__name__)


class Assigned:
    """The assignments of a shopper to the experiments `running`."""

    def __init__(
        self, shopper: Shopper, running: Collection[Running], *, is_untracked: bool
    ) -> None:
        self.shopper, self.running, self.is_untracked = shopper, running, is_untracked

    @cached_property
    def takes_part(self) -> bool:
        """Whether the shopper can be in any experiment."""
        one = self.shopper
        return bool(
            self.running
            and one.customer is not None
            and not self.is_untracked
            and not one.refuses_personalization
            and not one.is_held_out
            and one.may_be_tracked
        )

    @cached_property
    def stored(self) -> Mapping[int, tuple[str, datetime]]:
        """The stored variants with their first exposures, by the experiment's key; one query."""
        if not self.takes_part:
            return {}
        keys = [one.pk for one in self.running]
        rows = Assignment.objects.filter(customer=self.shopper.customer, experiment__in=keys)
        return {
            key: (variant, at)
            for key, variant, at in rows.values_list("experiment", "variant", "assigned_at")
        }

    def needs_time(self, experiment: Running) -> bool:
        """Return whether a tree of conditions must be evaluated before the variant is known."""
        audience = experiment.audience
        is_known = not self.takes_part or experiment.pk in self.stored
        if is_known or audience is None or is_question(audience):
            return False
        return self._bandit_variant(experiment) is not None

    def variant(self, experiment: Running) -> str | None:
        """Return the code of the variant; None: the shopper does not take part."""
        if not self.takes_part:
            return None
        if experiment.pk in self.stored:
            code, at = self.stored[experiment.pk]
            return final_winner(experiment, at, self.shopper.at) or code
        found = self._bandit_variant(experiment)
        return found if found is not None and self._is_in(experiment) else None

    def new(self, shown: Sequence[tuple[Running, str]]) -> list[Assignment]:
        """Return the assignments to store for the variants that the shopper was shown."""
        shopper = self.shopper
        return [
            Assignment(
                experiment_id=one.pk,
                customer=shopper.customer,
                variant=variant,
                arm=f"{one.code}:{variant}",
                assigned_at=shopper.at,
                segments=sorted(shopper.segments),
            )
            for one, variant in shown
            if one.pk not in self.stored
        ]

    def _bandit_variant(self, experiment: Running) -> str | None:
        customer = self.shopper.customer
        weighed = at_batch(experiment, self.shopper.at)
        if customer is None or weighed is None:
            return None
        return assign(weighed, customer.external_id)

    def _is_in(self, experiment: Running) -> bool:
        audience = experiment.audience
        if audience is None:
            return True
        if is_question(audience):
            return self.shopper.in_question(audience, live=False) is not None
        try:
            return self.shopper.in_tree(audience) is not None
        except InvalidTree:
            logger.exception("The audience of experiment %s is not valid", experiment.code)
            return False
