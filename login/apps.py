"""The app of logging in; when Django is ready it hangs in all that others show of it."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.utils.translation import gettext_lazy as _


class LoginConfig(AppConfig):
    name = "login"
    verbose_name = _("Logging in")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.contrib import admin

        from core.access.confirmation import CONFIRMATIONS
        from core.api.routes.parts import PUBLIC, Part
        from core.audit import ACTIONS, SUBJECTS
        from login.audit import ACTIONS as OUR_ACTIONS
        from login.audit import SUBJECTS as OURS
        from login.audit import note_logout
        from login.pages.confirm import CONFIRMATION
        from login.pages.login_page import login_page
        from login.sessions import stamp_session

        ACTIONS.register(*OUR_ACTIONS)
        SUBJECTS.register(*OURS)
        CONFIRMATIONS.register(CONFIRMATION)
        PUBLIC.register(Part("login", "login.urls"))
        admin.site.login_page = login_page  # type: ignore[attr-defined]
        user_logged_in.connect(stamp_session, dispatch_uid="login.stamp_session")
        user_logged_out.connect(note_logout, dispatch_uid="login.note_logout")
