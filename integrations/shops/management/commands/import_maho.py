"""`manage.py import_maho`: a database of Maho, OpenMage or Magento 1 and 2."""

from django.utils.translation import gettext as _

from integrations.shops.databases.command import DatabaseCommand


class Command(DatabaseCommand):
    help = _("Imports the database of a shop of Maho, OpenMage or Magento, read only.")
    platform = "magento"
    setting = "MAHO_DATABASE_URL"
