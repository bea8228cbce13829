"""What this app announces to others, after commit; a receiver's error is logged and stops nobody.

`experience_served` is sent for each answer but a preview, with `sender=Placement`, `id`,
`customer_id` (the internal key; None: anonymous), `served`, and `elements`: pairs of a placement's
code and that of the variant (None: the default).
"""

from django.dispatch import Signal

experience_served = Signal()
