"""Checks an identity server's access tokens in other services: offline, and yet a killed session is refused within seconds."""

from identity_client.claims import Claims
from identity_client.clock import Clock
from identity_client.errors import InvalidToken, VerifierUnavailable
from identity_client.verifier import Verifier
from identity_client.web import Answer, Fetch

__all__ = ["Answer", "Claims", "Clock", "Fetch", "InvalidToken", "Verifier", "VerifierUnavailable"]
