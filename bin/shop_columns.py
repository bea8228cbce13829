"""Writes the tables of docs/bring-your-shop.md from the declarations of the platforms."""

import os

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
    django.setup()

    from integrations.shops.documentation import write

    write()


if __name__ == "__main__":
    main()
