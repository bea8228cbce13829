"""The smallest shop of Oscar's that sells something, with Tranche in the same project."""

from oscar.defaults import *  # noqa: F403

from segmentation_site.settings import *  # noqa: F403
from segmentation_site.settings import DATABASES, INSTALLED_APPS, MIDDLEWARE

INSTALLED_APPS = [
    *INSTALLED_APPS,
    "django.contrib.sites",
    "django.contrib.flatpages",
    "oscar.config.Shop",
    *(
        f"oscar.apps.{name}"
        for name in (
            *("analytics.apps.AnalyticsConfig", "checkout.apps.CheckoutConfig"),
            *("address.apps.AddressConfig", "shipping.apps.ShippingConfig"),
            *("catalogue.apps.CatalogueConfig", "catalogue.reviews.apps.CatalogueReviewsConfig"),
            *("communication.apps.CommunicationConfig", "partner.apps.PartnerConfig"),
            *("basket.apps.BasketConfig", "payment.apps.PaymentConfig"),
            *("offer.apps.OfferConfig", "order.apps.OrderConfig"),
            *("customer.apps.CustomerConfig", "search.apps.SearchConfig"),
            *("voucher.apps.VoucherConfig", "wishlists.apps.WishlistsConfig"),
            "dashboard.apps.DashboardConfig",
            "dashboard.reports.apps.ReportsDashboardConfig",
            "dashboard.users.apps.UsersDashboardConfig",
            "dashboard.orders.apps.OrdersDashboardConfig",
            "dashboard.catalogue.apps.CatalogueDashboardConfig",
            "dashboard.offers.apps.OffersDashboardConfig",
            "dashboard.partners.apps.PartnersDashboardConfig",
            "dashboard.pages.apps.PagesDashboardConfig",
            "dashboard.ranges.apps.RangesDashboardConfig",
            "dashboard.reviews.apps.ReviewsDashboardConfig",
            "dashboard.vouchers.apps.VouchersDashboardConfig",
            "dashboard.communications.apps.CommunicationsDashboardConfig",
            "dashboard.shipping.apps.ShippingDashboardConfig",
        )
    ),
    *("widget_tweaks", "haystack", "treebeard", "django_tables2"),
    "integrations.oscar",
]
MIDDLEWARE = [*MIDDLEWARE, "oscar.apps.basket.middleware.BasketMiddleware"]
SITE_ID = 1
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
OSCAR_DEFAULT_CURRENCY = "EUR"
if DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3":
    # Beside the database of the tests without Oscar, which may be running.
    DATABASES["default"]["TEST"] = {"NAME": f"test_{DATABASES['default']['NAME']}_oscar"}
