"""What this app announces to others, after commit; a receiver's error is logged and stops nobody.

`behavior_detected` is sent for each behaviour that was stored, with `sender=BehaviorType`,
`customer_id` (the internal key), `behavior_type`, `occurred_at` (aware), `channel`, and
`significance`: its weight as a share of 5 points, at most 1.0.

`experience_served` is sent for each answer but a preview, with `sender=Placement`, `id`,
`customer_id` (the internal key; None: anonymous), `served`, and `elements`: pairs of a placement's
code and that of the variant (None: the default).
"""

from django.dispatch import Signal

behavior_detected = Signal()
experience_served = Signal()
