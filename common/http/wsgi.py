"""The door that the server knocks at: Django's own, made safe for a Content-Type that lies.

Django decodes the query in whatever charset the Content-Type claims, before any middleware or error handler is there
to catch what comes of it; `charset=base64` would be a bare 500 of the server.
"""

from collections.abc import Mapping
from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters

UNREADABLE = {"charset": "unreadable"}


class Utf8Request(WSGIRequest):
    """Is always read as UTF-8; `BodyLimit` refuses what claims to be something else."""

    def _set_content_type_params(self, meta: Mapping[str, Any]) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except (ValueError, LookupError):
            self.content_type, self.content_params = "", UNREADABLE


class Handler(WSGIHandler):
    request_class = Utf8Request
