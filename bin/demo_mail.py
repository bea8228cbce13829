"""Demo data around mail, for screenshots: a sender, templates, campaigns, a sequence."""

from typing import Any

HTML = """<h1>Hello {{ customer.first_name|default:'friend' }}</h1>
<p>{{ coupon.description|default:'Something new is in the shop.' }}</p>
<p><a href="https://shop.example/new">Have a look</a></p>
<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>"""


def mail(author: Any) -> None:
    """Leave a sender, templates, a draft, a campaign that is sent and read, and a sequence."""
    from campaigns.audience.freezing import freeze
    from campaigns.editing.campaigns import CAMPAIGNS
    from campaigns.editing.senders import SENDERS
    from campaigns.editing.sequences import SEQUENCES
    from campaigns.editing.templates import TEMPLATES
    from campaigns.models import Campaign, MailSender, Message
    from campaigns.sending import send_due
    from core.clock import now
    from customers.models import Store

    stores = list(Store.objects.order_by("pk").values_list("code", flat=True))
    own = {"from_name": "Shop", "from_email": "news@shop.example", "is_default": True}
    sender = MailSender(store=Store.objects.order_by("pk").first())
    SENDERS.save(sender, {**own, "postal_address": "1 Main Street, Town"}, author=author)
    for code, name in (("autumn", "Autumn"), ("reminder", "Your cart"), ("thanks", "Thank you")):
        document = {"code": code, "name": name, "subject": f"{name} at Shop", "html": HTML}
        TEMPLATES.create(document, author=author)
    to_best = {"template": "autumn", "segments": ["best-customers"], "stores": stores}
    CAMPAIGNS.create({"code": "winter", "name": "Winter for the best", **to_best}, author=author)
    sent = CAMPAIGNS.create({"code": "autumn", "name": "Autumn", **to_best}, author=author).row
    at = now()
    freeze(sent, at)
    send_due()
    messages = Message.objects.filter(campaign=sent, state="sent")
    messages.update(delivered_at=at)
    keys = list(messages.order_by("pk").values_list("pk", flat=True))
    opened, clicked = keys[: len(keys) // 2], keys[: len(keys) // 8]
    messages.filter(pk__in=opened).update(opened_at=at, opens=1)
    messages.filter(pk__in=clicked).update(clicked_at=at, clicks=1)
    Campaign.objects.filter(pk=sent.pk).update(opened=len(opened), clicked=len(clicked))
    steps = [
        {"number": 1, "delay_minutes": 60, "template": "reminder"},
        {"number": 2, "delay_minutes": 2880, "template": "thanks"},
    ]
    carts = {"segment": "abandoned-cart", "trigger": "enter", "steps": steps, "is_active": True}
    SEQUENCES.create(carts, author=author)


def places() -> dict[str, str]:
    """Return the addresses of pages of single rows, by name."""
    from campaigns.models import Campaign, Sequence

    rows = {
        "campaign-draft": Campaign.objects.get(code="winter"),
        "campaign-sent": Campaign.objects.get(code="autumn"),
        "sequence": Sequence.objects.get(),
    }
    return {
        name: f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/"
        for name, row in rows.items()
    }
