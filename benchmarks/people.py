"""Those who use the server that is measured: sixteen people, each signed in, and a machine that may introspect."""

import base64
import json
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from benchmarks.load import CLIENTS, Line, Load
from benchmarks.servers import OUR_ENVIRONMENT, PASSWORD, Missing, Server

FORM = "application/x-www-form-urlencoded"
NAMES = [f"bench{number}@example.org" for number in range(CLIENTS)]
PEER_PEOPLE = """
from django.contrib.auth.models import User
for name in {names!r}:
    User.objects.create_user(name, email=name, password={password!r})
"""


def move_in(server: Server) -> None:
    """Create the people: of ours through the API, of the peer through its model."""
    if server.kind.person == "username":
        server.run("-m", "django", "shell", "-c", PEER_PEOPLE.format(names=NAMES, password=PASSWORD))
        return
    token = server.sign_in(OUR_ENVIRONMENT["ADMIN_EMAIL"])["access"]
    for name in NAMES:
        person = {"email": name, "password": PASSWORD, "email_verified": True}
        server.create("/api/v1/users/", person, token=token)
    server.credentials = _machine(server, admin=token)


class Crowd:
    """Everybody signed in anew, so that no chain of refresh tokens is an old one."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.pairs = [server.sign_in(name) for name in NAMES]

    def load(self, route: str) -> Load | None:
        """The load for a route; None where the server has no such route."""
        if route not in self.server.kind.routes:
            return None
        makers = {"me": self._me, "verify": self._verify, "refresh": self._refresh, "login": self._login}
        return makers[route]() if route in makers else self._introspect()

    def _made(self, route: str, lines: Sequence[Line], *, method: str = "POST") -> Load:
        return Load(method=method, url=self.server.url + self.server.kind.routes[route], lines=lines)

    def _me(self) -> Load:
        return self._made("me", [Line(f"Bearer {pair['access']}") for pair in self.pairs], method="GET")

    def _verify(self) -> Load:
        return self._made("verify", [Line(body=json.dumps({"token": pair["access"]})) for pair in self.pairs])

    def _refresh(self) -> Load:
        return replace(self._made("refresh", [Line(body=pair["refresh"]) for pair in self.pairs]), chained=True)

    def _login(self) -> Load:
        person = self.server.kind.person
        lines = [Line(body=json.dumps({person: name, "password": PASSWORD})) for name in NAMES]
        return self._made("login", lines)

    def _introspect(self) -> Load | None:
        if self.server.credentials is None:
            return None
        bearer = machine_token(self.server, *self.server.credentials)
        lines = [Line(f"Bearer {bearer}", urlencode({"token": pair["access"]})) for pair in self.pairs]
        return replace(self._made("introspect", lines), form=FORM)


def _machine(server: Server, *, admin: str) -> tuple[str, str] | None:
    """The credentials of a service account that may introspect; None while the server has no such routes."""
    try:
        account = server.create("/api/v1/service-accounts/", {"name": "bench"}, token=admin)
        secret = server.create(f"/api/v1/service-accounts/{account['id']}/credentials/", {}, token=admin)
        server.create("/api/v1/roles/", {"name": "introspecting", "permissions": ["token:introspect"]}, token=admin)
        given = {"role": "introspecting", "service_account": account["id"]}
        server.create("/api/v1/role-assignments/", given, token=admin)
        made = secret["client_id"], secret["client_secret"]
        machine_token(server, *made)
    except Missing as missing:
        print(f"introspect is left out: {missing}")
        return None
    return made


def machine_token(server: Server, client_id: str, client_secret: str) -> str:
    basic = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
    answer = server.post_form("/oauth2/token", {"grant_type": "client_credentials"}, authorization=f"Basic {basic}")
    return str(answer["access_token"])
