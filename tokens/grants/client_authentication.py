"""Who asks: `client_secret_basic` or `client_secret_post`, never both (RFC 6749, section 2.3.1)."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from urllib.parse import unquote_plus

from tokens.grants.errors import InvalidClient, InvalidRequest
from tokens.models import ServiceCredential
from tokens.services import credentials, shown_once


class Presented(NamedTuple):
    client_id: str
    client_secret: str


def authenticate(form: Mapping[str, str], authorization: str, *, at: datetime) -> ServiceCredential:
    """The credential that the client has shown, or `InvalidClient`."""
    credential = credentials.proven(*presented(form, authorization), at=at)
    if credential is None:
        raise InvalidClient
    shown_once.touch(credential, at=at)
    return credential


def presented(form: Mapping[str, str], authorization: str) -> Presented:
    """What the client says of itself. `InvalidRequest` where it says it in two ways."""
    client_id, client_secret = form.get("client_id", ""), form.get("client_secret", "")
    if not authorization:
        return Presented(client_id, client_secret)
    if client_secret:
        raise InvalidRequest("The client authenticates in the header and in the body; one of them, please.")
    said = _basic(authorization)
    if client_id not in {"", said.client_id}:
        raise InvalidRequest("The client has one id in the header and another in the body.")
    return said


def _basic(authorization: str) -> Presented:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient
    try:
        pair = b64decode(encoded.strip(), validate=True).decode()
        client_id, client_secret = pair.split(":", maxsplit=1)
        # Each was form-encoded before they were put together, so that a colon or an umlaut does no harm.
        return Presented(unquote_plus(client_id, errors="strict"), unquote_plus(client_secret, errors="strict"))
    except (binascii.Error, ValueError):
        raise InvalidClient from None
