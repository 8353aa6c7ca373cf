"""For Starlette's own AuthenticationMiddleware, with `request.user` and `@requires`; `asgi` needs less and refuses by itself.

`AuthenticationMiddleware(app, backend=IdentityBackend(verifier), on_error=refuse)`
"""

from starlette.authentication import AuthCredentials, AuthenticationBackend, AuthenticationError, BaseUser
from starlette.requests import HTTPConnection
from starlette.responses import Response

from identity_client.asgi import judge
from identity_client.principal import Principal
from identity_client.refusals import INVALID, MISSING, Refusal
from identity_client.verifier import Verifier


class IdentityUser(Principal, BaseUser):
    @property
    def display_name(self) -> str:
        return self.pk

    @property
    def identity(self) -> str:
        return self.pk


class Refused(AuthenticationError):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


class IdentityBackend(AuthenticationBackend):
    """Her scopes are the credentials, beside `authenticated`. Who sends no token is let through as nobody."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, IdentityUser] | None:
        judged = await judge(self._verifier, ", ".join(conn.headers.getlist("Authorization")))
        if judged is MISSING:
            return None
        if isinstance(judged, Refusal):
            raise Refused(judged)
        return AuthCredentials(["authenticated", *sorted(judged.scopes)]), IdentityUser(judged)


def refuse(conn: HTTPConnection, error: AuthenticationError) -> Response:
    """What the middleware answers, as `on_error`: its own answer is a 400 in plain text."""
    del conn
    refusal = error.refusal if isinstance(error, Refused) else INVALID
    headers = {"Content-Type": "application/problem+json", **refusal.headers}
    return Response(refusal.body, status_code=refusal.status.value, headers=headers)
