"""The menu is kept for each set of permissions and language, and shows nobody another's."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.utils.translation import override

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def menu(rf, user: User) -> dict[str, list[str]]:
    request = rf.get("/admin/")
    # A user as the next request loads it: Django keeps permissions with the object.
    request.user = User.objects.get(pk=user.pk)
    return {
        app["app_label"]: [str(model["name"]) for model in app["models"]]
        for app in admin.site.get_app_list(request)
    }


def test_each_person_has_the_menu_of_their_permissions_in_their_language(rf):
    boss, seer = User.objects.create_superuser("boss"), User.objects.create_user("seer")
    assert "campaigns" in menu(rf, boss)
    assert menu(rf, seer) == {}

    seer.user_permissions.add(Permission.objects.get(codename="view_order"))

    assert menu(rf, seer) == {"customers": ["Orders"]}
    with override("de"):
        assert menu(rf, seer) == {"customers": ["Bestellungen"]}
    User.objects.filter(pk=boss.pk).update(is_active=False)
    assert menu(rf, boss) == {}


def test_what_a_page_does_to_its_menu_stays_on_the_page(rf):
    boss = User.objects.create_superuser("boss")
    request = rf.get("/admin/")
    request.user = boss
    for app in admin.site.get_app_list(request):
        app["models"].clear()

    assert all(menu(rf, boss).values())
