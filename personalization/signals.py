"""Signals of this app, sent after commit; a receiver's error is logged and has no other effect.

`behavior_detected` is sent for each behaviour that was stored, with `sender=BehaviorType`,
`customer_id` (the internal key), `behavior_type`, `occurred_at` (aware), `channel`, and
`significance` (0..1): the larger of its weight as a share of 5 points, at most 1.0, and of the
shift of its session (`personalization.significance`).

`personalization_recalculated` is sent where a behaviour is more significant than
`SIGNIFICANCE_THRESHOLD`, at most once a minute and customer. With `sender=BehaviorType`, `customer`
(the shop's number), `behavior_type`, `significance` and `at` (aware).

`conversion_achieved` is sent once for each order that is a sale (neither canceled nor closed), as
soon as it is heard of: at once where it came as an event, else when its customer's change is
processed. With `sender=Order`, `order` (its number), `customer_id` (the internal key; None: nobody
known), `occurred_at` (aware, when it was placed), `revenue` (its grand total in the base currency,
a Decimal), and `significance`: 0.8. Orders that were there before this app are not announced.

`experience_served` is sent for each answer but a preview, with `sender=Placement`, `id`,
`customer_id` (the internal key; None: anonymous), `served`, and `elements`: pairs of a placement's
code and that of the variant (None: the default).

`conversion_attributed` is sent for each state of a sale of a known customer: as soon as the order
is attributed, and again when a refund, a cancellation, a merge or a late touch changes what it is
credited to. With `sender=Order` and the keys of the webhook topic: `order` (its number), `customer`
(the shop's number), `at` (aware), `revenue`, `personalization_contribution` and `share` (Decimals;
`share` None without revenue), `model`, `touches`, `lift_achieved`, and `corrects=True` from the
second state on.
"""

from django.dispatch import Signal

behavior_detected = Signal()
conversion_achieved = Signal()
experience_served = Signal()
conversion_attributed = Signal()
personalization_recalculated = Signal()
