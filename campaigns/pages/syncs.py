"""The webhook endpoint by which the targets of syncs report unsubscriptions."""

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from campaigns.models import AudienceSync
from campaigns.syncs.reported_unsubscribes import note_unsubscribed, sync_of
from core.clock import now


@method_decorator(csrf_exempt, name="dispatch")
class SyncReport(View):
    """Takes over reported unsubscriptions on POST; answers a target's check of the URL on GET."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, number: int, token: str) -> HttpResponse:
        _sync(number, token)
        return HttpResponse(status=200)

    def post(self, request: HttpRequest, number: int, token: str) -> HttpResponse:
        sync = _sync(number, token)
        try:
            # The body first: a form is read from it, where it is one.
            body = request.body
        except UnreadablePostError:
            return HttpResponse(status=HTTPStatus.BAD_REQUEST)
        note_unsubscribed(sync, request.POST.dict(), body, now())
        return HttpResponse(status=200)


def _sync(number: int, token: str) -> AudienceSync:
    sync = sync_of(number, token)
    if sync is None:
        raise Http404
    return sync
