"""What Maho's rules refer to."""

import pytest

from customers.models import (
    Category,
    CustomerAttribute,
    CustomerGroup,
    ProductAttribute,
    Store,
    Website,
)


@pytest.fixture
def mapped(db):
    """What the numbers in `MAPS` stand for, and attributes of the shop's own."""
    website = Website.objects.get(code="default")
    Store.objects.create(code="second", name="Second", website=website)
    CustomerGroup.objects.create(code="vip", name="VIP")
    for code in ("shoes", "hats"):
        Category.objects.create(code=code, name=code)
    CustomerAttribute.objects.create(code="size", label="Size", type="number")
    CustomerAttribute.objects.create(code="club", label="Club", type="boolean")
    CustomerAttribute.objects.create(code="colour", label="C", type="choice", options=["red"])
    ProductAttribute.objects.create(code="fabric", label="Fabric", type="text")
