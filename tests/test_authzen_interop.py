"""The todo scenario of the AuthZEN working group's interoperability events (todo 1.0 and 1.1), through the API from end to end.

Its people are known by their addresses there; here a subject is a UUID, so the client keeps a map, as it would of any accounts.
Its rule "an editor may change her own todos" is a matter of place: the todos of each owner lie at a scope, where she holds the
role `owner`. All else is roles that inherit. The decision point is asked by a machine, with a token of its own.
"""

from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from conftest import PASSWORD
from rbac.services import builtin
from tokens.services import keys

pytestmark = pytest.mark.django_db
PEOPLE = {
    "rick@the-citadel.com": ["admin", "evil_genius"],
    "morty@the-citadel.com": ["editor"],
    "summer@the-smiths.com": ["editor"],
    "beth@the-smiths.com": ["viewer"],
    "jerry@the-smiths.com": ["viewer"],
}
RICK, MORTY, SUMMER, BETH, JERRY = PEOPLE
EDITORS = (MORTY, SUMMER)
READ_USER, READ, CREATE, UPDATE, DELETE = (
    *("user:can_read_user", "todo:can_read_todos", "todo:can_create_todo"),
    *("todo:can_update_todo", "todo:can_delete_todo"),
)
# What each role gives itself, and which it inherits. The scenario's evil_genius is spelled as a slug here.
ROLES: dict[str, tuple[list[str], list[str]]] = {
    "viewer": ([READ_USER, READ], []),
    "editor": ([CREATE], ["viewer"]),
    "admin": ([DELETE], ["editor"]),
    "evil-genius": ([UPDATE], ["editor"]),
    "owner": ([UPDATE, DELETE], []),
}


def place_of(owner: str) -> str:
    """Where the todos of that owner lie."""
    return f"/todos/{owner.partition('@')[0]}"


class Backend(NamedTuple):
    """The todo application: it bears a machine's token, and knows whose id belongs to which address."""

    token: str
    ids: dict[str, str]

    def ask(self, which: str, body: dict[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "X-Request-ID": "todo-1"}
        answer = APIClient().post(f"/access/v1/{which}", body, format="json", headers=headers)
        assert (answer.status_code, answer["X-Request-ID"]) == (200, "todo-1"), answer.content
        return answer.json()

    def may(self, who: str, permission: str, owner: str) -> bool:
        decision: bool = self.ask("evaluation", {**self.subject(who), **action(permission), **todo(permission, owner)})[
            "decision"
        ]
        return decision

    def subject(self, who: str) -> dict[str, Any]:
        return {"subject": {"type": "user", "id": self.ids[who]}}

    def people_in(self, results: list[dict[str, str]]) -> set[str]:
        addresses = {identity: address for address, identity in self.ids.items()}
        return {addresses[one["id"]] for one in results if one["id"] in addresses}


def action(permission: str) -> dict[str, Any]:
    return {"action": {"name": permission.partition(":")[2]}}


def todo(permission: str, owner: str) -> dict[str, Any]:
    """The scenario's resource, its owner among the properties; what we need beside is the place."""
    kind, properties = permission.partition(":")[0], {"ownerID": owner, "scope": place_of(owner)}
    return {"resource": {"type": kind, "id": f"{kind}-of-{owner}", "properties": properties}}


def post(path: str, body: dict[str, Any], token: str) -> Any:
    answer = APIClient().post(path, body, format="json", headers={"Authorization": f"Bearer {token}"} if token else {})
    assert answer.status_code < 300, answer.content
    return answer.json()


@pytest.fixture
def backend(root: User) -> Backend:
    keys.ensure(at=timezone.now())
    builtin.install(at=timezone.now())
    token = post("/api/v1/token/", {"email": root.email, "password": PASSWORD}, "")["access"]
    for permission in (READ_USER, READ, CREATE, UPDATE, DELETE):
        post("/api/v1/permissions/", {"name": permission}, token)
    for name, (permissions, inherits) in ROLES.items():
        post("/api/v1/roles/", {"name": name, "permissions": permissions, "inherits": inherits}, token)
    ids = {address: _admitted(address, token) for address in PEOPLE}
    return Backend(_machine(token), ids)


def _admitted(address: str, token: str) -> str:
    identity: str = post("/api/v1/users/", {"email": address}, token)["id"]
    for role in PEOPLE[address]:
        post("/api/v1/role-assignments/", {"role": role.replace("_", "-"), "user": identity}, token)
    if address in EDITORS:
        owned = {"role": "owner", "user": identity, "scope": place_of(address)}
        post("/api/v1/role-assignments/", owned, token)
    return identity


def _machine(token: str) -> str:
    made = post("/api/v1/service-accounts/", {"name": "todo-backend"}, token)["id"]
    post("/api/v1/roles/", {"name": "decision-point-client", "permissions": ["decision:evaluate"]}, token)
    post("/api/v1/role-assignments/", {"role": "decision-point-client", "service_account": made}, token)
    secret = post(f"/api/v1/service-accounts/{made}/credentials/", {}, token)
    grant = {"grant_type": "client_credentials", **{name: secret[name] for name in ("client_id", "client_secret")}}
    form = "application/x-www-form-urlencoded"
    found: str = APIClient().post("/oauth2/token", urlencode(grant), content_type=form).json()["access_token"]
    return found


def expected(who: str, permission: str, owner: str) -> bool:
    """The scenario's rules, in its own words."""
    roles = PEOPLE[who]
    if permission in {READ_USER, READ}:
        return True
    if permission == CREATE:
        return "admin" in roles or "editor" in roles
    mighty = "evil_genius" if permission == UPDATE else "admin"
    return mighty in roles or ("editor" in roles and who == owner)


def test_every_single_decision_of_the_scenario(backend: Backend) -> None:
    asked = [
        (who, permission, owner)
        for who in PEOPLE
        for permission in (READ_USER, READ, CREATE, UPDATE, DELETE)
        for owner in PEOPLE
    ]

    found = {one: backend.may(*one) for one in asked}

    assert found == {one: expected(*one) for one in asked}
    assert sum(found.values()) == 25 + 25 + 15 + 5 + 2 + 5 + 2


def test_the_batches_of_the_scenario(backend: Backend) -> None:
    for who, todos in ((RICK, [RICK, JERRY]), (MORTY, [RICK, MORTY]), (JERRY, [RICK, JERRY])):
        # Its empty default for `resource` is never used.
        asked = {**backend.subject(who), **action(UPDATE), "resource": {}, "context": {}}

        found = backend.ask("evaluations", {**asked, "evaluations": [todo(UPDATE, owner) for owner in todos]})

        assert [one["decision"] for one in found["evaluations"]] == [expected(who, UPDATE, owner) for owner in todos]


def test_those_who_may_are_found(backend: Backend) -> None:
    for permission in (READ, CREATE, UPDATE, DELETE):
        asked = {"subject": {"type": "user"}, **action(permission), **todo(permission, MORTY)}

        found = backend.people_in(backend.ask("search/subject", asked)["results"])

        assert found == {who for who in PEOPLE if expected(who, permission, MORTY)}


def test_what_each_may_do_is_found(backend: Backend) -> None:
    for who in PEOPLE:
        found = backend.ask("search/action", {**backend.subject(who), **todo(READ, MORTY)})["results"]

        may = {permission for permission in (READ, CREATE, UPDATE, DELETE) if expected(who, permission, MORTY)}
        assert {f"todo:{one['name']}" for one in found} == may


def test_where_each_may_change_todos_is_found(backend: Backend) -> None:
    places = {RICK: ["/"], MORTY: ["/todos/morty"], SUMMER: ["/todos/summer"], BETH: [], JERRY: []}
    for who, topmost in places.items():
        asked = {**backend.subject(who), **action(UPDATE), "resource": {"type": "todo"}}

        assert [one["id"] for one in backend.ask("search/resource", asked)["results"]] == topmost
