"""Where the pages of personalization stand in the menu."""

from django.utils.translation import gettext_lazy as _

from core.admin.menu import MenuPage

PAGES = (
    MenuPage(
        "personalization.offers",
        "offers",
        _("Personal offers"),
        3,
        "personalization.offer",
        is_searched=True,
    ),
    MenuPage(
        "personalization.experiences",
        "storefront",
        _("Experiences"),
        1,
        "personalization.placement",
        words=_("places in the shop, placements"),
        is_searched=True,
    ),
    MenuPage(
        "personalization.variants",
        "storefront",
        _("Variants"),
        2,
        "personalization.experiencevariant",
    ),
    MenuPage(
        "personalization.content", "storefront", _("Content"), 3, "personalization.contentitem"
    ),
    MenuPage(
        "personalization.experiments",
        "storefront",
        _("Experiments"),
        4,
        "personalization.experiment",
        is_searched=True,
    ),
    MenuPage(
        "personalization.recommendations",
        "storefront",
        _("Recommendations"),
        5,
        "personalization.recommendationversion",
    ),
    MenuPage(
        "personalization.lists",
        "storefront",
        _("Personal lists"),
        5,
        "personalization.listinuse",
    ),
    MenuPage(
        "personalization.rules",
        "storefront",
        _("Recommendation rules"),
        6,
        "personalization.personalizationrule",
    ),
    MenuPage(
        "personalization.interests",
        "storefront",
        _("Interests"),
        7,
        "personalization.interestshare",
    ),
    MenuPage(
        "personalization.worth",
        "storefront",
        _("What it earns"),
        8,
        "personalization.engagementmetric",
    ),
    MenuPage(
        "personalization.conversions",
        "storefront",
        _("Conversions"),
        9,
        "personalization.attributedconversion",
    ),
    MenuPage(
        "personalization.connection",
        "settings",
        _("Storefront connection"),
        30,
        "personalization.placement",
        view="personalization_placement_connection",
        card="storefront",
        words=_("snippet, script, tracking, allowed addresses"),
    ),
    MenuPage(
        "personalization.properties",
        "settings",
        _("Properties of behaviours"),
        69,
        "personalization.behaviorproperty",
        card="shop_data",
    ),
    MenuPage(
        "personalization.consents",
        "settings",
        _("Consents"),
        40,
        "customers.consent",
        card="privacy",
    ),
)
