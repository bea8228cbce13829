"""`manage.py import_woocommerce`: the database of a WooCommerce shop."""

from django.utils.translation import gettext as _

from integrations.shops.databases.command import DatabaseCommand


class Command(DatabaseCommand):
    help = _("Imports the database of a shop of WooCommerce, read only.")
    platform = "woocommerce"
    setting = "WOOCOMMERCE_DATABASE_URL"
