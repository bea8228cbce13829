"""No offer depends on gender, date of birth, address or an attribute that the shop protects.

Neither the audience nor a segment that it refers to may read these. If a segment is later changed
to read one, its offers are deactivated in the same transaction; the user who saved the segment gets
a message, and the audit log has the reason.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.access.website_limits import is_limited
from core.audit import record
from core.problems import Problem
from customers.models import AuditAction
from personalization.conditions.audience import is_question, segments_named
from personalization.models import Offer
from personalization.offers.audit import OFFER
from segments.models import Segment
from segments.rules.protected import protected_in, protected_segments, segments_in

MAY_NAME = "personalization.view_offer"


def protected_places(audience: Mapping[str, Any] | None, path: str) -> Iterator[tuple[str, str]]:
    """Yield the path of each place of a stored audience at `path` that asks for such a thing.

    With it stands the code of the segment that asks there, "" for the audience itself.
    """
    if audience is None:
        return
    if is_question(audience):
        named = [(f"{path}.segments[{n}]", code) for n, code in enumerate(audience["segments"])]
    else:
        yield from ((place, "") for place in protected_in(audience, path))
        named = list(segments_in(audience, path))
    asking = protected_segments({code for _place, code in named})
    yield from ((place, code) for place, code in named if code in asking)


def offers_without_protected(offers: Iterable[Offer]) -> list[Offer]:
    """Return the offers that ask for nothing protected as segments and settings are now."""
    found = list(offers)
    asking = protected_segments({code for one in found for code in segments_named(one.audience)})
    return [
        one
        for one in found
        if asking.isdisjoint(segments_named(one.audience))
        and (one.audience is None or not any(protected_in(one.audience, "")))
    ]


def follow_segment(segment: Segment, *, author: Any) -> Iterator[Problem]:
    """Make the offers inactive that ask for something protected now that `segment` is changed."""
    offers = Offer.objects.select_for_update(no_key=True).filter(is_active=True)
    asking = list(offers.exclude(audience=None).order_by("pk"))
    fine = {one.pk for one in offers_without_protected(asking)}
    stopped = [one for one in asking if one.pk not in fine]
    for offer in stopped:
        offer.is_active = False
        offer.version += 1
        offer.save(update_fields=["is_active", "version", "updated_at"])
        record(
            author,
            AuditAction.CHANGED,
            OFFER,
            offer.code,
            before={"is_active": True, "protected": None},
            after={"is_active": False, "protected": [segment.code]},
        )
    if stopped:
        yield Problem("conditions", "offers_stopped", _stopped_sentence(stopped, author))


def _stopped_sentence(stopped: list[Offer], author: Any) -> str:
    text = ngettext(
        "This asks for gender, date of birth, address or what else is protected: %(count)d offer "
        "is inactive now.",
        "This asks for gender, date of birth, address or what else is protected: %(count)d offers "
        "are inactive now.",
        len(stopped),
    ) % {"count": len(stopped)}
    if author is not None and (is_limited(author) or not author.has_perm(MAY_NAME)):
        return text
    names = ", ".join(one.code for one in stopped)
    return _("%(text)s They are: %(names)s.") % {"text": text, "names": names}
