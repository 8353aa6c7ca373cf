"""Staff's pages for the secrets of machines and API keys."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session as Cookie
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ServiceAccount, User
from common.actors import SYSTEM
from events.models import Event
from rbac.tests.factories import give
from tokens.models import ApiKey, ServiceCredential
from tokens.services import api_keys
from tokens.services.credentials import Added
from tokens.tests.clients import bearing
from tokens.tests.desks import staff
from tokens.tests.machines import GRANT, ask, basic, machine, secret_of

pytestmark = pytest.mark.django_db
MACHINES, PEOPLE = "/admin/accounts/serviceaccount/", "/admin/accounts/user/"
SECRETS, KEYS = "/admin/tokens/servicecredential/", "/admin/tokens/apikey/"
WORD = re.compile(r"ids_[A-Za-z0-9_-]{43}")
INLINES = {f"{name}-{edge}_FORMS": "0" for name in ("role_assignments", "credentials") for edge in ("TOTAL", "INITIAL")}
MAY = ("service_account:view", "service_credential:view", "service_credential:add", "service_credential:delete")


@pytest.fixture
def billing(db: None) -> ServiceAccount:
    return machine("billing", "invoice:view")


@pytest.fixture
def added(billing: ServiceAccount) -> Added:
    return secret_of(billing)


@pytest.fixture
def desk(bob: User) -> Client:
    """He looks after the secrets of machines."""
    return staff(bob, *MAY, "invoice:view")


def act(client: Client, page: str, action: str, *rows: object, **more: str) -> Any:
    chosen = {"action": action, "_selected_action": [str(row) for row in rows], "index": "0", **more}
    return client.post(page, chosen)


def key_of(user: User) -> api_keys.Created:
    return api_keys.create(user, name="script", actor=SYSTEM, at=timezone.now())


class TestANewSecret:
    def test_is_shown_on_one_page_that_nothing_keeps(self, desk: Client, billing: ServiceAccount) -> None:
        asked = act(desk, MACHINES, "new_secret", billing.pk)
        assert "Make the secret" in asked.content.decode()
        assert not ServiceCredential.objects.exists()

        shown = act(desk, MACHINES, "new_secret", billing.pk, apply="yes")

        secret = WORD.findall(shown.content.decode())[0]
        assert "no-store" in shown["Cache-Control"]
        assert ask(GRANT, authorization=basic(billing.pk, secret)).status_code == 200
        cookies = str([cookie.get_decoded() for cookie in Cookie.objects.all()]) + str(shown.cookies)
        later = desk.get(f"{MACHINES}{billing.pk}/change/").content.decode() + desk.get(SECRETS).content.decode()
        assert secret not in cookies + later + str(list(Event.objects.values()))
        assert secret[:8] in later

    def test_ends_when_it_was_said_to(self, desk: Client, billing: ServiceAccount) -> None:
        act(desk, MACHINES, "new_secret", billing.pk, apply="yes", expires_at_0="2040-01-01", expires_at_1="12:00")

        assert ServiceCredential.objects.get().expires_at is not None

    @pytest.mark.parametrize("day", ["2020-01-01", "soon"])
    def test_is_not_made_for_the_past(self, desk: Client, billing: ServiceAccount, day: str) -> None:
        act(desk, MACHINES, "new_secret", billing.pk, apply="yes", expires_at_0=day, expires_at_1="12:00")

        assert not ServiceCredential.objects.exists()

    def test_is_made_for_one_at_a_time(self, desk: Client, billing: ServiceAccount) -> None:
        act(desk, MACHINES, "new_secret", billing.pk, machine("other").pk, apply="yes")

        assert not ServiceCredential.objects.exists()

    def test_of_a_machine_that_may_more_is_refused_and_that_is_on_record(
        self, desk: Client, billing: ServiceAccount
    ) -> None:
        give(billing, "invoice:approve")

        act(desk, MACHINES, "new_secret", billing.pk, apply="yes")

        assert not ServiceCredential.objects.exists()
        assert Event.objects.get(kind="tokens.credential.refused").data["missing"] == ["invoice:approve"]

    @pytest.mark.parametrize("more", [(), ("service_credential:add",)])
    def test_takes_the_permission_and_a_machine_within_reach(
        self, bob: User, billing: ServiceAccount, more: tuple[str, ...]
    ) -> None:
        give(billing, "role:change")

        act(staff(bob, "service_account:view", *more), MACHINES, "new_secret", billing.pk, apply="yes")

        assert not ServiceCredential.objects.exists()


class TestTheLists:
    def test_tell_of_secrets_without_telling_them(self, desk: Client, added: Added) -> None:
        pages = [
            SECRETS,
            f"{SECRETS}{added.credential.pk}/change/",
            f"{MACHINES}{added.credential.service_account_id}/change/",
        ]

        seen = "".join(desk.get(page).content.decode() for page in pages)

        assert added.credential.hint in seen
        assert added.credential.digest not in seen
        assert added.client_secret not in seen

    def test_are_closed_to_the_others(self, alice: User, added: Added) -> None:
        desk = staff(alice, "user:view")

        assert [desk.get(page).status_code for page in (MACHINES, SECRETS, KEYS)] == [403] * 3
        assert "/admin/tokens/apikey/" not in desk.get("/admin/").content.decode()

    def test_are_searched_by_how_a_secret_begins(self, desk: Client, added: Added) -> None:
        pk = str(added.credential.pk)

        assert pk in desk.get(SECRETS, {"q": added.credential.hint}).content.decode()
        assert pk not in desk.get(SECRETS, {"q": "ids_none"}).content.decode()

    def test_write_nothing(self, desk: Client, added: Added) -> None:
        page = f"{SECRETS}{added.credential.pk}/"

        answers = [desk.post(f"{page}change/", {"hint": "x"}), desk.post(f"{page}delete/", {"post": "yes"})]
        answers.append(desk.post(f"{SECRETS}add/", {"hint": "x"}))

        assert [answer.status_code for answer in answers] == [403] * 3
        assert ServiceCredential.objects.get().hint == added.credential.hint


class TestRevoking:
    def test_ends_a_secret_of_a_machine(self, desk: Client, added: Added) -> None:
        act(desk, SECRETS, "revoke", added.credential.pk)

        assert ServiceCredential.objects.get().revoked_at is not None
        assert 'value="revoke"' not in desk.get(f"{SECRETS}{added.credential.pk}/change/").content.decode()

    def test_leaves_what_is_above(self, desk: Client, added: Added) -> None:
        give(added.credential.service_account, "role:change")

        assert act(desk, SECRETS, "revoke", added.credential.pk).status_code == 403

        assert ServiceCredential.objects.get().revoked_at is None

    def test_ends_a_key(self, alice: User, bob: User) -> None:
        made, desk = key_of(alice), staff(bob, "api_key:view", "api_key:delete")
        assert "alice@example.org" in desk.get(KEYS).content.decode()

        act(desk, KEYS, "revoke", made.key.pk)

        assert bearing(made.value).get("/api/v1/me/").status_code == 401
        assert Event.objects.get(kind="tokens.api_key.revoked").data["reason"] == "revoked_by_staff"

    def test_ends_all_keys_of_a_person(self, alice: User, bob: User) -> None:
        made = [key_of(alice) for _ in range(2)]
        desk = staff(bob, "user:view", "api_key:delete")

        act(desk, PEOPLE, "revoke_keys", alice.pk)

        assert {bearing(one.value).get("/api/v1/me/").status_code for one in made} == {401}

    def test_ends_no_key_of_those_above(self, root: User, bob: User) -> None:
        made = key_of(root)
        desk = staff(bob, "user:view", "api_key:view", "api_key:delete")

        answers = [act(desk, KEYS, "revoke", made.key.pk), act(desk, PEOPLE, "revoke_keys", root.pk)]

        assert [answer.status_code for answer in answers] == [403, 403]
        assert ApiKey.objects.get().revoked_at is None


class TestServiceAccounts:
    @pytest.fixture
    def chief(self, root: User) -> Client:
        client = Client()
        client.force_login(root, backend="accounts.backends.PasswordBackend")
        return client

    def test_are_made_changed_and_deleted(self, chief: Client) -> None:
        chief.post(f"{MACHINES}add/", {"name": "payments", "description": "Pays", "seen": ""})
        page = f"{MACHINES}{ServiceAccount.objects.get(name='payments').pk}/"

        chief.post(f"{page}change/", {"name": "payroll", "description": "Pays", "seen": "1", **INLINES})
        assert ServiceAccount.objects.get().name == "payroll"

        chief.post(f"{page}delete/", {"post": "yes"})
        assert not ServiceAccount.objects.exists()

    def test_are_not_written_over_by_who_saw_them_earlier(self, chief: Client, billing: ServiceAccount) -> None:
        form = {"name": "x", "description": "", "seen": "1", **INLINES}
        chief.post(f"{MACHINES}{billing.pk}/change/", form)

        answer = chief.post(f"{MACHINES}{billing.pk}/change/", form | {"name": "y"})

        assert "has changed since you read it" in answer.content.decode()
        assert ServiceAccount.objects.get().name == "x"

    @pytest.mark.parametrize("name", ["billing", "", "a\u202eb"])
    def test_are_told_in_the_form_what_is_wrong(self, chief: Client, billing: ServiceAccount, name: str) -> None:
        answer = chief.post(f"{MACHINES}add/", {"name": name, "description": "", "seen": ""})

        assert (answer.status_code, ServiceAccount.objects.count()) == (200, 1)

    def test_are_shut_and_opened(self, chief: Client, billing: ServiceAccount) -> None:
        for action, active in (("deactivate", False), ("reactivate", True)):
            act(chief, MACHINES, action, billing.pk)
            assert ServiceAccount.objects.get().is_active is active

    def test_get_roles_on_their_page_and_by_the_form(self, chief: Client, billing: ServiceAccount) -> None:
        role = give(billing, "invoice:approve", valid_until=timezone.now() + timedelta(days=1)).role
        form = {"service_account": str(billing.pk), "role": str(role.pk), "scope": "/acme", "user": ""}

        act(chief, MACHINES, "assign_role", billing.pk, apply="yes", role=str(role.pk), scope="/x")
        chief.post(reverse("admin:rbac_roleassignment_add"), form)

        assert sorted(billing.role_assignments.values_list("scope", flat=True)) == ["/", "/", "/acme", "/x"]
        assert role.name in chief.get(f"{MACHINES}{billing.pk}/change/").content.decode()

    def test_share_no_assignment_with_people(self, chief: Client, billing: ServiceAccount, alice: User) -> None:
        role = billing.role_assignments.get().role
        both = {"service_account": str(billing.pk), "role": str(role.pk), "scope": "/acme", "user": str(alice.pk)}

        answer = chief.post(reverse("admin:rbac_roleassignment_add"), both)

        assert "only one of them" in answer.content.decode()
