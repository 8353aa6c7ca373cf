"""Which format to speak, where a header that cannot be read is the caller's fault and not ours."""

from collections.abc import Iterable
from typing import Any

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

ANY = "*/*"


class Negotiation(DefaultContentNegotiation):
    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        named = next((parser for parser in parsers if parser.media_type == request.content_type), None)
        if named is not None:
            return named
        try:
            return super().select_parser(request, parsers)
        except ValueError:
            return None

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        # Nearly everybody says one of these, which need no weighing.
        if format_suffix is None and request.META.get("HTTP_ACCEPT", ANY) in {ANY, renderers[0].media_type}:
            return renderers[0], renderers[0].media_type
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except ValueError:
            raise NotAcceptable(available_renderers=renderers) from None
