"""Two databases, one meaning: the same tree over the same rows gives the same customers."""

import pytest
from django.conf import settings as project
from hypothesis import given

from conditions.matching import matching_customers
from conditions.tests.agreement.test_agreement import SETTINGS
from conditions.tests.examples.rollups import roll_up_in_every_way
from conditions.tests.examples.shops import awkward_shop
from conditions.tests.examples.trees import AS_OF, every_attribute, trees

pytestmark = [
    pytest.mark.django_db(databases=["default", "second"]),
    pytest.mark.skipif("second" not in project.DATABASES, reason="SECOND_DATABASE_URL is not set"),
]


@pytest.mark.parametrize("seed", [11, 12])
def test_both_choose_the_same_customers(seed):
    for database in ("default", "second"):
        awkward_shop(seed).store(database)
        roll_up_in_every_way(database)

    @SETTINGS
    @given(tree=trees(every=every_attribute()), as_of=AS_OF)
    def agree(tree, as_of):
        found = matching_customers(tree, as_of=as_of, applies_to="both").order_by("pk")
        one, other = (list(found.using(database)) for database in ("default", "second"))
        assert [row.external_id for row in one] == [row.external_id for row in other]

    agree()
