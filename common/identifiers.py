"""Identifiers that leave the server: UUIDv7 (RFC 9562, section 5.7), so that newer rows sort and index together."""

from uuid import UUID

import uuid_utils


def uuid7() -> UUID:
    return UUID(bytes=uuid_utils.uuid7().bytes)
