"""A list without rows says what its rows are for."""

import pytest
from django.contrib import admin
from django.urls import reverse

from personalization.models import Experiment, Offer, PersonalizationRule, Placement
from predictions.models import Strategy
from price_rules.models import CartPriceRule, Coupon

pytestmark = [pytest.mark.django_db, pytest.mark.once]

MODELS = (CartPriceRule, Coupon, Experiment, Offer, PersonalizationRule, Placement, Strategy)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_empty_list_says_what_its_rows_are_for(admin_client, model):
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    text = str(admin.site.get_model_admin(model).empty_text)
    assert text in admin_client.get(address).content.decode()
