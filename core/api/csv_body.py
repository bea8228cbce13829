"""CSV bodies, which are received completely first, so that no transaction waits for a client."""

from collections.abc import Callable
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser

from core.api.refusals import Refused

MOST_BYTES = 256 * 1024 * 1024
IN_MEMORY = 2 * 1024 * 1024
AT_ONCE = 64 * 1024


class CsvParser(BaseParser):
    """Returns the body as a file, at its beginning; a large body is kept on disk."""

    media_type = "text/csv"
    # The schema of the body; generated clients send the bytes of a file.
    shape: ClassVar = {
        "type": "string",
        "format": "binary",
        "examples": ["email\nann@shop.example\n"],
    }

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return spool_body(stream)


def spool_body(stream: Any, note: Callable[[bytes], object] = len) -> SpooledTemporaryFile[bytes]:
    """Return the rest of `stream` as a file, from its beginning; `note` gets each part of it.

    The caller closes the file. Raises Refused (413) where it is larger than 256 MB.
    """
    file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
    while part := stream.read(AT_ONCE):
        note(part)
        file.write(part)
        if file.tell() > MOST_BYTES:
            file.close()
            megabytes = MOST_BYTES // 1024 // 1024
            raise Refused(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                _("The body is larger than %(limit)d MB.") % {"limit": megabytes},
            )
    file.seek(0)
    return file
