"""The app of what platforms share; each platform registers itself behind it."""

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class ShopsConfig(AppConfig):
    name = "integrations.shops"
    label = "shops"
    verbose_name = _("Shops to bring")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from core.admin.menu import hang_up
        from core.audit import ACTIONS as AUDIT_ACTIONS
        from core.audit import SUBJECTS
        from core.load.schedule import REFRESH, route_tasks, schedule_task
        from customers.imports.readers import READERS
        from customers.privacy.elsewhere import REMOVALS
        from integrations.magento.conversion import MAGENTO, MAGENTO_ATTRIBUTE
        from integrations.magento.database.platform import MAGENTO_DATABASE, MAHO
        from integrations.shopify.api.platform import SHOPIFY_API
        from integrations.shopify.conversion import SHOPIFY
        from integrations.shopify.tag_file import SHOPIFY_TAGS
        from integrations.shops.admin.menu import BRING_YOUR_SHOP, PAGES
        from integrations.shops.apis.platforms import APIS
        from integrations.shops.apis.sync import followed_api
        from integrations.shops.audit import ACTIONS, SUBJECT
        from integrations.shops.databases.layouts import DATABASES
        from integrations.shops.files.layouts import PLATFORMS
        from integrations.shops.following import FOLLOWED
        from integrations.shops.following import TASK as SYNC_TASK
        from integrations.shops.reader import READER
        from integrations.shops.runs.files import forget_person
        from integrations.shops.runs.lifecycle import TASK
        from integrations.transactions.conversion import TRANSACTIONS
        from integrations.woocommerce.api.platform import WOOCOMMERCE_API
        from integrations.woocommerce.conversion import WOOCOMMERCE, WOOCOMMERCE_FIELD
        from integrations.woocommerce.database.platform import WOOCOMMERCE_DATABASE
        from segments.admin.first_steps import BEGINNINGS
        from segments.export.targets import TARGETS

        PLATFORMS.register(SHOPIFY, WOOCOMMERCE, MAGENTO, TRANSACTIONS)
        DATABASES.register(MAGENTO_DATABASE, WOOCOMMERCE_DATABASE)
        APIS.register(SHOPIFY_API, WOOCOMMERCE_API)
        FOLLOWED.register(followed_api(SHOPIFY_API), followed_api(WOOCOMMERCE_API), MAHO)
        TARGETS.register(SHOPIFY_TAGS, MAGENTO_ATTRIBUTE, WOOCOMMERCE_FIELD)
        READERS.register(READER)
        SUBJECTS.register(SUBJECT)
        AUDIT_ACTIONS.register(*ACTIONS)
        REMOVALS.register(forget_person)
        BEGINNINGS.register(BRING_YOUR_SHOP)
        hang_up(PAGES)
        route_tasks(REFRESH, TASK, SYNC_TASK)
        schedule_task(
            "shops.look_after_imports",
            5.0,
            name="shops-imports",
            check="integrations.shops.runs.lifecycle.has_imports",
        )
        if settings.SHOP_SYNC_SECONDS and not all(one.missing_settings for one in FOLLOWED):
            schedule_task(SYNC_TASK, float(settings.SHOP_SYNC_SECONDS), name="shops-syncs")
