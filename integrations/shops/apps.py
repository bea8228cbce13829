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
        from customers.imports.readers import READERS
        from customers.privacy.elsewhere import REMOVALS
        from integrations.magento.database.platform import MAGENTO_DATABASE, MAHO
        from integrations.magento.platform import MAGENTO
        from integrations.magento.taken_back import MAGENTO_ATTRIBUTE
        from integrations.shopify.api.platform import SHOPIFY_API
        from integrations.shopify.platform import SHOPIFY
        from integrations.shopify.taken_back import SHOPIFY_TAGS
        from integrations.shops.admin.first_step import BRING_YOUR_SHOP
        from integrations.shops.admin.menu import PAGES
        from integrations.shops.apis.platforms import APIS
        from integrations.shops.apis.sync import followed_api
        from integrations.shops.audit import ACTIONS, SUBJECT
        from integrations.shops.databases.layouts import DATABASES
        from integrations.shops.following import FOLLOWED
        from integrations.shops.following import TASK as SYNC_TASK
        from integrations.shops.layouts import PLATFORMS
        from integrations.shops.reader import READER
        from integrations.shops.runs.files import forget_person
        from integrations.shops.runs.lifecycle import TASK
        from integrations.transactions.platform import TRANSACTIONS
        from integrations.woocommerce.api.platform import WOOCOMMERCE_API
        from integrations.woocommerce.database.platform import WOOCOMMERCE_DATABASE
        from integrations.woocommerce.platform import WOOCOMMERCE
        from integrations.woocommerce.taken_back import WOOCOMMERCE_FIELD
        from segments.admin.first_steps import BEGINNINGS
        from segments.export.targets import TARGETS

        for platform in (SHOPIFY, WOOCOMMERCE, MAGENTO, TRANSACTIONS):
            PLATFORMS.register(platform)
        for database in (MAGENTO_DATABASE, WOOCOMMERCE_DATABASE):
            DATABASES.register(database)
        for api in (SHOPIFY_API, WOOCOMMERCE_API):
            APIS.register(api)
            FOLLOWED.register(followed_api(api))
        FOLLOWED.register(MAHO)
        for target in (SHOPIFY_TAGS, MAGENTO_ATTRIBUTE, WOOCOMMERCE_FIELD):
            TARGETS.register(target)
        READERS.register(READER)
        SUBJECTS.register(SUBJECT)
        for action in ACTIONS:
            AUDIT_ACTIONS.register(action)
        REMOVALS.register(forget_person)
        BEGINNINGS.register(BRING_YOUR_SHOP)
        hang_up(PAGES)
        settings.CELERY_TASK_ROUTES[TASK] = {"queue": "tranche-refresh"}
        settings.CELERY_BEAT_SCHEDULE["shops-imports"] = {
            "task": "shops.look_after_imports",
            "schedule": 5.0,
            "options": {"expires": 5},
        }
        settings.CELERY_TASK_ROUTES[SYNC_TASK] = {"queue": "tranche-refresh"}
        if settings.SHOP_SYNC_SECONDS and not all(one.missing_settings for one in FOLLOWED):
            settings.CELERY_BEAT_SCHEDULE["shops-syncs"] = {
                "task": SYNC_TASK,
                "schedule": float(settings.SHOP_SYNC_SECONDS),
                "options": {"expires": settings.SHOP_SYNC_SECONDS},
            }
