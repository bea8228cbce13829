"""Files of members that shops take back: who is in them, and exactly which columns."""

import pytest
from django.urls import reverse

from customers.models import CustomerTag, Store
from segments.export.members import export_members
from segments.refresh import refresh_segment

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def vips(make_customer, make_segment):
    store = Store.objects.get(code="default")
    ann = make_customer("7", email="ann@shop.example", first_name="=Ann", store=store)
    CustomerTag.objects.create(customer=ann, tag="wholesale")
    CustomerTag.objects.create(customer=ann, tag="vip")
    CustomerTag.objects.create(customer=ann, tag="a, b")
    make_customer("8", email="Ann@Shop.example", first_name="Again")
    make_customer("9", email="bob@shop.example", accepts_marketing=False)
    make_customer("10", email="guest@shop.example", kind="guest")
    make_customer("11", email=None)
    segment = make_segment("VIP", code="vip")
    refresh_segment(segment)
    return segment


def test_each_shop_gets_its_accounts_once_whether_they_get_mail_or_not(vips):
    taken = {
        target: b"".join(export_members(vips, "csv", user=None, target=target)).decode()
        for target in ("shopify", "magento", "woocommerce")
    }
    assert taken == {
        # Shopify may put the tags of the file in the place of those that a customer has.
        "shopify": "First Name,Last Name,Email,Tags\r\n"
        '\'=Ann,,ann@shop.example,"wholesale,vip"\r\n,,bob@shop.example,vip\r\n',
        "magento": "email,_website,_store,firstname,lastname,tranche_segment\r\n"
        "ann@shop.example,default,default,'=Ann,,vip\r\nbob@shop.example,default,default,,,vip\r\n",
        "woocommerce": "user_email,first_name,last_name,tranche_segment\r\n"
        "ann@shop.example,'=Ann,,vip\r\nbob@shop.example,,,vip\r\n",
    }


def test_page_of_exports_downloads_each_file_and_says_its_way_back(vips, admin_client):
    address = reverse("admin:segments_segment_exports", args=[vips.pk])
    page = admin_client.get(address).content.decode()
    for target in ("shopify", "magento", "woocommerce"):
        assert f'name="target" value="{target}"' in page
        response = admin_client.post(address, {"target": target, "now": "1"}, follow=True)
        body = b"".join(response.streaming_content).decode()
        assert "ann@shop.example" in body
    assert "Back into Shopify: Customers → Import" in page
