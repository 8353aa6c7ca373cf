"""Which of her roles staff uses: what a dynamic separation keeps apart, and her choice in one session of the staff site."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as project
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from accounts.models import User
from common.actors import SYSTEM
from conftest import PASSWORD
from events.models import Event
from rbac.models import RoleAssignment
from rbac.services import assignments
from rbac.tests.factories import give_role, group_of, role_of, separate
from tokens.tests.clients import bearing
from tokens.tests.clients import sign_in as token_for

pytestmark = pytest.mark.django_db
PAGE, KIND = "/admin/roles-in-use/", "console.staff.roles_activated"
OPENS = {
    "people": "/admin/accounts/user/",
    "proofs": "/admin/tokens/session/",
    "groups": "/admin/rbac/group/",
    "roles": "/admin/rbac/role/",
}
SEES = {"people": "user:view", "proofs": "session:view", "groups": "group:view", "roles": "role:view"}


@pytest.fixture
def ada(person: Any) -> User:
    """Staff, who may look after people and after proofs, but not in one session; and she may look at groups."""
    found: User = person("ada", is_staff=True)
    given = {name: role_of(name, SEES[name]) for name in ("people", "proofs", "groups")}
    for role in given.values():
        give_role(found, role)
    separate(given["people"], given["proofs"], kind="dynamic", name="four-eyes")
    return found


@pytest.fixture
def desk(ada: User) -> Client:
    return signed_in(ada)


def signed_in(user: User) -> Client:
    """A browser of hers, come in by the door that staff comes in by."""
    browser = Client(raise_request_exception=False)
    assert browser.post("/admin/login/", {"username": user.email, "password": PASSWORD}).status_code == 302
    return browser


def choose(browser: Client, *names: str) -> Any:
    return browser.post(PAGE, {"use": "chosen", "roles": names})


def choose_all(browser: Client) -> Any:
    return browser.post(PAGE, {"use": "all"})


def may(browser: Client) -> set[str]:
    """Whose pages open."""
    answers = {name: browser.get(address).status_code for name, address in OPENS.items()}
    assert set(answers.values()) <= {200, 403}
    return {name for name, status in answers.items() if status == 200}


def faults(answer: Any) -> str:
    """What the form says."""
    assert answer.status_code == 200
    assert answer.context["form"].errors
    for said in answer.context["form"].errors.values():
        assert escape(str(said[0]))[:20] in answer.content.decode()
    return str(answer.context["form"].errors.as_text())


def given(user: User, role: str) -> RoleAssignment:
    return RoleAssignment.objects.get(user=user, role__name=role)


class TestWhatSheMay:
    def test_of_roles_kept_apart_none_counts_before_she_has_chosen(self, desk: Client) -> None:
        assert may(desk) == {"groups"}

    def test_what_she_chooses_counts_with_the_next_request_and_nothing_else(self, desk: Client) -> None:
        assert choose(desk, "people", "groups").headers["Location"] == PAGE
        assert may(desk) == {"people", "groups"}

        choose(desk, "proofs")
        assert may(desk) == {"proofs"}

    def test_both_at_once_are_refused_in_the_words_of_the_api(self, ada: User, desk: Client) -> None:
        choose(desk, "people")
        path = "/api/v1/me/sessions/current/roles/"
        refused = bearing(token_for(ada)["access"]).put(path, {"roles": ["people", "proofs"]}, format="json").json()

        said = faults(choose(desk, "people", "proofs"))

        assert refused["code"] == "separation_of_duty"
        assert refused["detail"] in said
        assert may(desk) == {"people"}

    def test_what_comes_through_groups_and_inheritance_counts(self, ada: User, desk: Client) -> None:
        heir = role_of("heir", inherits=[given(ada, "proofs").role])
        give_role(group_of(ada), heir)

        assert "four-eyes" in faults(choose(desk, "heir", "people"))
        choose(desk, "heir")
        assert may(desk) == {"proofs"}

    def test_she_can_take_the_choice_back(self, desk: Client) -> None:
        choose(desk, "people")

        choose_all(desk)

        assert may(desk) == {"groups"}

    def test_she_can_use_nothing_and_still_choose_again(self, desk: Client) -> None:
        choose(desk)
        assert may(desk) == set()

        choose(desk, "groups")
        assert may(desk) == {"groups"}

    def test_a_set_that_became_stricter_holds_back_what_she_chose_before(self, ada: User, desk: Client) -> None:
        choose(desk, "people", "groups")

        separate(given(ada, "people").role, given(ada, "groups").role, kind="dynamic", name="stricter")

        assert may(desk) == set()

    def test_what_she_does_not_use_she_does_not_hand_on(self, ada: User, bob: User, desk: Client) -> None:
        give_role(ada, role_of("giver", "role_assignment:*", "user:view"))
        form = {"user": str(bob.pk), "role": str(given(ada, "proofs").role_id), "scope": "/", "reason": ""}
        form |= {f"{edge}_{part}": "" for edge in ("valid_from", "valid_until") for part in (0, 1)}

        counts = []
        for used in ("people", "proofs"):
            choose(desk, used, "giver")
            desk.post("/admin/rbac/roleassignment/add/", form)
            counts.append(RoleAssignment.objects.filter(user=bob).count())

        assert counts == [0, 1]


class TestAChoiceOnlyNarrows:
    def test_an_assignment_that_ends_takes_the_permission_at_once(self, ada: User, desk: Client) -> None:
        choose(desk, "people")
        assert may(desk) == {"people"}

        assignments.end(given(ada, "people"), actor=SYSTEM, at=timezone.now())

        assert may(desk) == set()

    def test_so_does_the_clock(self, ada: User, desk: Client) -> None:
        choose(desk, "people")

        RoleAssignment.objects.filter(user=ada).update(valid_until=timezone.now() - timedelta(seconds=1))

        assert may(desk) == set()

    def test_a_role_that_she_does_not_hold_is_not_hers_to_use(self, ada: User, bob: User, desk: Client) -> None:
        give_role(bob, role_of("roles", SEES["roles"]))
        choose(desk, "people")

        assert "You do not hold: roles." in faults(choose(desk, "people", "roles"))
        assert may(desk) == {"people"}

        # Nor does it become so unsaid: she has not chosen it.
        give_role(ada, role_of("roles-too", SEES["roles"]))
        assert may(desk) == {"people"}

    def test_a_role_that_begins_later_cannot_be_chosen_now(self, ada: User, desk: Client) -> None:
        soon = timezone.now() + timedelta(hours=1)
        give_role(ada, role_of("soon", SEES["roles"]), valid_from=soon)

        assert "You do not hold: soon." in faults(choose(desk, "soon"))
        assert "soon" not in desk.get(PAGE).content.decode()

    def test_a_superuser_holds_everything_without_roles_and_so_has_nothing_to_choose(self, root: User) -> None:
        desk = signed_in(root)
        give_role(root, role_of("people", SEES["people"]))

        assert "You are a superuser" in desk.get(PAGE).content.decode()
        choose(desk)
        assert may(desk) == set(OPENS)


class TestOneSession:
    def test_it_ends_with_the_sign_out(self, ada: User, desk: Client) -> None:
        choose(desk, "people")

        desk.post("/admin/logout/")
        assert desk.get(PAGE).status_code == 302
        desk.post("/admin/login/", {"username": ada.email, "password": PASSWORD})

        assert may(desk) == {"groups"}

    def test_another_browser_of_hers_chooses_for_itself(self, ada: User, desk: Client) -> None:
        other = signed_in(ada)

        choose(desk, "people")
        assert may(other) == {"groups"}
        choose(other, "proofs")

        assert (may(desk), may(other)) == ({"people"}, {"proofs"})

    def test_who_signs_in_after_her_in_the_same_browser_has_made_no_choice(self, person: Any, desk: Client) -> None:
        bea = person("bea", is_staff=True)
        give_role(bea, role_of("roles", SEES["roles"]))
        choose(desk, "people")

        desk.post("/admin/login/", {"username": bea.email, "password": PASSWORD})

        assert may(desk) == {"roles"}

    def test_a_new_password_leaves_her_signed_in_and_to_her_choice(self, desk: Client) -> None:
        new = "vier muntere giraffen tanzen"
        choose(desk, "people")

        form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
        assert desk.post("/admin/password_change/", form).status_code == 302

        assert may(desk) == {"people"}

    def test_requests_that_bear_a_token_are_not_touched(self, ada: User, desk: Client) -> None:
        choose(desk, "people")
        desk.defaults["HTTP_AUTHORIZATION"] = f"Bearer {token_for(ada)['access']}"

        told = desk.get("/api/v1/me/permissions/").json()["permissions"]

        assert {one["name"] for one in told} == {SEES["groups"]}

    def test_who_is_signed_out_while_she_chooses_has_chosen_nothing(
        self, desk: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write = SessionStore.save

        def too_late(store: SessionStore, must_create: bool = False) -> None:
            Session.objects.filter(pk=store.session_key).delete()
            write(store, must_create)

        monkeypatch.setattr(SessionStore, "save", too_late)

        assert choose(desk, "people").status_code == 400
        assert not Event.objects.filter(kind=KIND).exists()
        assert desk.get(PAGE).status_code == 302


class TestThePage:
    def test_it_tells_what_she_holds_where_through_whom_and_what_is_held_back(self, ada: User, desk: Client) -> None:
        give_role(group_of(ada, name="emea"), role_of("roles", SEES["roles"]), scope="/acme")

        said = desk.get(PAGE).content.decode()

        for words in (
            "Held back by the separation four-eyes",
            "In use",
            "<code>/acme</code>",
            "through the group emea",
        ):
            assert words in said
        assert ticked(desk) == {"groups", "roles"}

    def test_after_a_choice_it_tells_that(self, desk: Client) -> None:
        choose(desk, "people")

        assert "Not chosen" in desk.get(PAGE).content.decode()
        assert ticked(desk) == {"people"}

    def test_it_holds_no_script_and_no_style_of_its_own(self, desk: Client) -> None:
        said = desk.get(PAGE).content.decode()
        content = said[said.index("house-section") : said.rindex("Use all that may")]

        assert not any(word in content for word in ("<script", "<style", "style=", "onclick"))

    def test_who_holds_nothing_is_told_so(self, person: Any) -> None:
        assert "You hold no roles" in signed_in(person("bea", is_staff=True)).get(PAGE).content.decode()

    def test_it_stands_in_the_menu_of_those_who_are_signed_in(self, desk: Client, client: Client) -> None:
        said = desk.get("/admin/").content.decode()

        assert f'href="{PAGE}"' in said
        assert 'href="/admin/password_change/"' in said
        assert PAGE not in client.get("/admin/login/").content.decode()

    def test_looking_changes_nothing(self, desk: Client) -> None:
        choose(desk, "people")

        for address in (f"{PAGE}?use=all", f"{PAGE}?use=chosen&roles=proofs"):
            assert desk.get(address).status_code == 200

        assert may(desk) == {"people"}

    def test_a_post_of_another_site_changes_nothing(self, ada: User) -> None:
        desk = Client(enforce_csrf_checks=True)
        desk.force_login(ada, backend="accounts.backends.PasswordBackend")

        assert choose(desk, "people").status_code == 403
        assert may(desk) == {"groups"}

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_strangers_and_those_who_are_no_staff_are_sent_away(self, client: Client, alice: User, method: str) -> None:
        give_role(alice, role_of("people", SEES["people"]))
        for _ in range(2):
            answer = getattr(client, method)(PAGE, {"use": "chosen", "roles": ["people"]})
            assert answer.status_code == 302
            assert answer.headers["Location"].startswith("/admin/login/")
            client.force_login(alice, backend="accounts.backends.PasswordBackend")
        assert not Event.objects.filter(kind=KIND).exists()


def ticked(browser: Client) -> set[str]:
    form = browser.get(PAGE).context["form"]
    return {str(box.data["value"]) for box in form["roles"] if box.data["selected"]}


@pytest.mark.wide
@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"use": "everything"},
        {"use": ""},
        {"roles": ["people"]},
        {"use": "chosen", "roles": ["nobody"]},
        {"use": "chosen", "roles": ["proofs", "<script>"]},
        {"use": "chosen", "roles": [""]},
        {"use": "chosen", "roles": ["peo\0ple"]},
        {"use": "chosen", "roles": ["people\u202e"]},
        {"use": "chosen", "roles": ["a" * 5000]},
        {"use": "chosen", "roles": ["01a20514-0ee7-76f3-b8d7-3551b7453ac6"]},
        {"use": "chosen", "roles": [f"role-{number}" for number in range(900)]},
        {"use": "all", "roles": ["peo\0ple"]},
    ],
)
def test_a_bad_choice_is_told_in_the_form_and_changes_nothing(desk: Client, sent: dict[str, Any]) -> None:
    choose(desk, "people")

    said = faults(desk.post(PAGE, sent))

    assert len(said) < 1000
    assert may(desk) == {"people"}
    assert Event.objects.filter(kind=KIND).count() == 1


def test_more_fields_than_any_form_has_are_refused_as_everywhere(desk: Client) -> None:
    answer = choose(desk, *(f"role-{number}" for number in range(5000)))

    assert answer.status_code == 400
    assert may(desk) == {"groups"}


class TestTheFact:
    def test_each_change_is_told_once_of_the_person(self, ada: User, desk: Client) -> None:
        for _ in range(2):
            choose(desk, "people", "groups", "groups")
        choose_all(desk)
        choose_all(desk)

        facts = Event.objects.filter(kind=KIND).order_by("id")
        assert [fact.data for fact in facts] == [{"roles": ["groups", "people"]}, {"roles": None}]
        assert {(fact.subject_type, fact.subject_id, fact.actor_id) for fact in facts} == {
            ("user", str(ada.pk), ada.pk)
        }

    def test_a_refusal_tells_nothing(self, desk: Client) -> None:
        choose(desk, "people", "proofs")

        assert not Event.objects.filter(kind=KIND).exists()

    def test_the_key_of_the_session_stands_in_no_fact_no_log_and_on_no_page(
        self, desk: Client, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        key = desk.cookies[project.SESSION_COOKIE_NAME].value
        choose(desk, "people")

        told = [str(row) for row in Event.objects.values()]
        told += [desk.get(PAGE).content.decode(), caplog.text, *capfd.readouterr()]

        assert key not in " ".join(told)
