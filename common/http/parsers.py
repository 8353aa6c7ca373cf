"""Bodies, read strictly: UTF-8 only, no nesting bombs, no characters that no database stores, no name twice."""

from collections.abc import Mapping
from typing import IO, Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.utils.http import parse_header_parameters
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser

from common import text
from common.http import strict_json


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        del parser_context
        refuse_other_charsets(media_type or "")
        try:
            return strict_json.loads(stream.read(), depth_limit=settings.JSON_DEPTH_LIMIT)
        except strict_json.Malformed as error:
            raise ParseError(error.detail, code=error.code) from None


class StrictFormParser(BaseParser):
    """Forms, for the routes whose RFC wants them; the answer is a plain dict, each name once (RFC 6749, section 3.2)."""

    media_type = "application/x-www-form-urlencoded"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        del parser_context
        refuse_other_charsets(media_type or "")
        try:
            pairs = parse_qsl(
                stream.read().decode(),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=settings.DATA_UPLOAD_MAX_NUMBER_FIELDS,
            )
        except ValueError:
            raise ParseError("The form is not valid UTF-8, or has too many fields.", code="malformed_form") from None
        return _named_once(pairs)


def _named_once(pairs: list[tuple[str, str]]) -> dict[str, str]:
    form: dict[str, str] = {}
    for name, value in pairs:
        flaw = text.unstorable(name) or text.unstorable(value)
        if flaw:
            raise ParseError(f"The form contains {flaw}.", code="invalid_character")
        if name in form:
            raise ParseError("The form has a name twice.", code="duplicate_key")
        form[name] = value
    return form


def refuse_other_charsets(content_type: str) -> None:
    charset = parse_header_parameters(content_type)[1].get("charset", "utf-8")
    if charset.lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType(content_type, "Bodies are UTF-8.")
