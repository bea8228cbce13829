"""The pages of mail in the menu."""

from django.utils.translation import gettext_lazy as _

from core.admin.menu import MenuPage

PAGES = (
    MenuPage(
        "campaigns.all",
        "campaigns",
        _("All campaigns"),
        1,
        "campaigns.campaign",
        title=_("Campaigns"),
        is_searched=True,
    ),
    MenuPage(
        "campaigns.templates",
        "campaigns",
        _("Mail templates"),
        2,
        "campaigns.mailtemplate",
        is_searched=True,
    ),
    MenuPage("campaigns.messages", "campaigns", _("Messages"), 3, "campaigns.message"),
    MenuPage(
        "campaigns.sequences",
        "automations",
        _("Sequences"),
        1,
        "campaigns.sequence",
        is_searched=True,
    ),
    MenuPage("campaigns.syncs", "automations", _("Audience syncs"), 2, "campaigns.audiencesync"),
    MenuPage(
        "campaigns.senders", "settings", _("Senders"), 10, "campaigns.mailsender", card="mail"
    ),
    MenuPage(
        "campaigns.blocked",
        "settings",
        _("Blocked addresses"),
        11,
        "campaigns.suppression",
        card="mail",
        words=_("suppressed bounced unsubscribed"),
    ),
    MenuPage(
        "campaigns.brand",
        "settings",
        _("Brand"),
        12,
        "campaigns.mailsender",
        view="campaigns_mailsender_brand",
        card="brand",
        words=_("logo colours postal address"),
    ),
)
