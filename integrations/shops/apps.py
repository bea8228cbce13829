"""The app of what platforms share; each platform registers itself behind it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ShopsConfig(AppConfig):
    name = "integrations.shops"
    label = "shops"
    verbose_name = _("Shops to bring")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from customers.imports.readers import READERS
        from integrations.magento.database.platform import MAGENTO_DATABASE
        from integrations.magento.platform import MAGENTO
        from integrations.shopify.platform import SHOPIFY
        from integrations.shops.databases.layouts import DATABASES
        from integrations.shops.layouts import PLATFORMS
        from integrations.shops.reader import READER
        from integrations.transactions.platform import TRANSACTIONS
        from integrations.woocommerce.database.platform import WOOCOMMERCE_DATABASE
        from integrations.woocommerce.platform import WOOCOMMERCE

        for platform in (SHOPIFY, WOOCOMMERCE, MAGENTO, TRANSACTIONS):
            PLATFORMS.register(platform)
        for database in (MAGENTO_DATABASE, WOOCOMMERCE_DATABASE):
            DATABASES.register(database)
        READERS.register(READER)
