"""Staff who hold everything at `/acme`, signed in to the admin, see and change nothing at `/globex` (security D6)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import User
from common.admin import HouseAdmin
from conftest import PASSWORD
from rbac.models import RoleAssignment
from rbac.tests.factories import give, role_of
from tests import two_places
from tests.two_places import HERE, MARK, THERE, World
from tokens.models import Session

pytestmark = [pytest.mark.wide, pytest.mark.django_db]
EMPTY_PERIOD = {f"{edge}_{part}": "" for edge in ("valid_from", "valid_until") for part in (0, 1)}
PAGES: list[Any] = sorted(admin.site._registry.values(), key=lambda page: page.opts.label)
SEARCHES = (
    "",
    f"?q=boss@{MARK}.example",
    f"?q={MARK}",
    f"?scope__exact={THERE}",
    "?user__scope=x",
    "?o=1.-2",
    "?e=1",
    "?all=",
)


def name(page: HouseAdmin) -> str:
    return page.opts.label_lower


@pytest.fixture
def world() -> World:
    return two_places.build()


@pytest.fixture
def staff(world: World, client: Client, person: Any) -> Client:
    """Came in by the door that staff comes in by."""
    manager = person("manager", is_staff=True, scope=HERE)
    give(manager, "*:*", scope=HERE)
    signed_in(client, manager)
    world.begin()
    return client


def signed_in(client: Client, user: User) -> None:
    answer = client.post(reverse("admin:login"), {"username": user.email, "password": PASSWORD})
    assert answer.status_code == 302


def address(page: HouseAdmin, view: str, *args: object) -> str:
    return reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_{view}", args=args)


def told_of(world: World, answer: Any, sent: str) -> set[str]:
    """What lies there and is named in the answer, though nobody has named it in the question."""
    said = answer.getvalue().decode().casefold()
    return {word for word in {MARK, *world.ids()} if word in said and word not in sent.casefold()}


def aimed(world: World) -> dict[str, Any]:
    """What a forged form says: of each field that there is, what lies there."""
    ids = {noun: world.named[f"{noun}_id"] for noun in ("user", "group", "role", "permission")}
    periods = {f"{edge}_{part}": "" for edge in ("valid_from", "valid_until", "expires_at") for part in (0, 1)}
    words = {"email": "fresh@example.org", "name": "fresh", "display_name": "Fresh", "title": "Fresh", "scope": THERE}
    said = {
        "locale": "en",
        "timezone": "UTC",
        "description": "",
        "reason": "",
        "permissions": "user:view",
        "version": "1",
    }
    flags = {"is_staff": "on", "is_active": "on", "enabled": "on", "post": "yes", "apply": "1", "seen": "1"}
    return {**ids, "service_account": "", **periods, **words, **said, **flags}


def without_inlines(page: Any) -> dict[str, str]:
    """What a form says of the rows beside its object, so that it is not stopped before anybody is asked."""
    names = [link.get_accessor_name() for link in page.model._meta.related_objects]
    return {f"{name}-{what}_FORMS": "0" for name in names for what in ("TOTAL", "INITIAL")}


def forged(page: HouseAdmin, world: World) -> Iterator[tuple[str, dict[str, Any]]]:
    form = {**aimed(world), **without_inlines(page)}
    for variant in (form, {**form, "user": "", "service_account": world.named["account_id"]}, {**form, "scope": "/"}):
        yield address(page, "add"), variant
        yield address(page, "add") + f"?_popup=1&_to_field=email&user={world.named['user_id']}", variant
    for row in _rows(page, world):
        yield address(page, "change", row), form
        yield address(page, "change", row), {**form, "scope": HERE}
        yield address(page, "change", row), {**form, "_saveasnew": "1"}
        yield address(page, "delete", row), form
        for action in _actions(page):
            chosen = {"action": action, "_selected_action": [row], "index": "0"}
            for more in ({}, {"select_across": "1"}, {"_from_its_page": "1"}, {"scope": HERE}):
                yield address(page, "changelist"), {**form, **chosen, **more}


def _rows(page: HouseAdmin, world: World) -> list[str]:
    return [str(pk) for pk in world.there.get(page.model, {})][:2] or [world.named["user_id"]]


def _actions(page: HouseAdmin) -> list[str]:
    return [action[1] for action in page._get_base_actions()] + ["delete_selected"]


def looks(page: HouseAdmin, world: World) -> Iterator[str]:
    yield from (address(page, "changelist") + query for query in (*SEARCHES, f"?id__exact={world.named['user_id']}"))
    yield address(page, "add")
    for row in _rows(page, world):
        yield from (address(page, view, row) for view in ("change", "delete", "history"))
        yield address(page, "change", row) + "?_to_field=email&_popup=1"
    for field in page.autocomplete_fields:
        about = f"app_label={page.opts.app_label}&model_name={page.opts.model_name}&field_name={field}"
        yield from (
            f"{reverse('admin:autocomplete')}?{about}&term={term}" for term in ("", MARK, f"boss@{MARK}.example")
        )


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_page_tells_a_manager_of_what_lies_elsewhere(staff: Client, world: World, page: HouseAdmin) -> None:
    answers = {where: staff.get(where) for where in looks(page, world)}

    assert {where: told for where, answer in answers.items() if (told := told_of(world, answer, where))} == {}
    assert max(answer.status_code for answer in answers.values()) < 500


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_forged_post_changes_or_tells_of_it(staff: Client, world: World, page: HouseAdmin) -> None:
    told = [told_of(world, staff.post(where, said), f"{where} {said}") for where, said in forged(page, world)]

    assert world.harm() == []
    assert [one for one in told if one] == []


@pytest.mark.parametrize("where", ["/admin/", f"/admin/search/?s=boss@{MARK}", f"/admin/search/?s={MARK}"])
def test_neither_does_the_first_page_nor_the_palette(staff: Client, world: World, where: str) -> None:
    assert told_of(world, staff.get(where), where) == set()


def test_the_first_page_counts_only_what_lies_at_her_place(staff: Client) -> None:
    figures = {one["figure"].label: one["figure"].count for one in staff.get("/admin/").context["figures"]}

    assert figures == {"Users": 1, "Sessions alive": 0}


@pytest.mark.parametrize("page", [page for page in PAGES if page.model in {User, RoleAssignment, Session}], ids=name)
def test_the_same_pages_tell_whoever_holds_it_everywhere(
    world: World, client: Client, root: User, page: HouseAdmin
) -> None:
    signed_in(client, root)

    assert all(
        told_of(world, client.get(where), "") for where in (address(page, "changelist"), next(looks(page, world)))
    )


class TestAtHerPlace:
    def test_she_makes_people_there_without_saying_so(self, staff: Client) -> None:
        form = {"email": "dora@example.org", "display_name": "Dora", "locale": "en", "timezone": "UTC", "scope": ""}
        assert 'value="/acme"' in staff.get("/admin/accounts/user/add/").content.decode()

        staff.post("/admin/accounts/user/add/", form)

        assert User.objects.get(email="dora@example.org").scope == HERE

    @pytest.mark.parametrize(
        ("model", "form"),
        [("user", {"email": "d@example.org", "locale": "en", "timezone": "UTC"}), ("serviceaccount", {"name": "d"})],
    )
    def test_elsewhere_the_form_says_why_not(self, staff: Client, model: str, form: dict[str, str]) -> None:
        answer = staff.post(f"/admin/accounts/{model}/add/", {**form, "scope": THERE})

        assert "but not here" in answer.content.decode()

    def test_she_moves_people_only_where_she_may(self, staff: Client, person: Any) -> None:
        clerk = person("clerk", scope=HERE)
        form = {"display_name": "Clerk", "locale": "en", "timezone": "UTC", "version": "1"}
        form |= without_inlines(admin.site.get_model_admin(User))
        for scope in (THERE, f"{HERE}/eu"):
            staff.post(f"/admin/accounts/user/{clerk.pk}/change/", {**form, "scope": scope})

        clerk.refresh_from_db()
        assert (clerk.scope, clerk.version) == (f"{HERE}/eu", 2)

    def test_she_gives_there_and_nowhere_else_what_she_holds_there(self, staff: Client, person: Any) -> None:
        clerk, role = person("clerk", scope=HERE), role_of("empty")
        form = {
            "action": "assign_role",
            "_selected_action": str(clerk.pk),
            "apply": "1",
            "role": str(role.pk),
            "reason": "",
        }
        for scope in ("/", THERE, HERE):
            staff.post("/admin/accounts/user/", {**form, "scope": scope, "valid_until_0": "", "valid_until_1": ""})

        assert [given.scope for given in RoleAssignment.objects.filter(role=role)] == [HERE]

    def test_she_is_offered_the_roles_that_she_can_hand_out(self, staff: Client, person: Any) -> None:
        clerk = person("clerk", scope=HERE)
        role_of("chief-of-all", "*:*")
        form = {"action": "assign_role", "_selected_action": str(clerk.pk)}

        assert "chief-of-all" in staff.post("/admin/accounts/user/", form).content.decode()
        assert "chief-of-all" in staff.get("/admin/rbac/roleassignment/add/").content.decode()

    def test_a_holder_who_is_at_home_elsewhere_is_told_by_his_id_alone(self, staff: Client, world: World) -> None:
        outsider = User.objects.get(pk=world.named["user_id"])
        given = give(outsider, "user:view", scope=HERE)

        for page in ("", f"{given.pk}/change/"):
            said = staff.get(f"/admin/rbac/roleassignment/{page}").content.decode()
            assert (str(outsider.pk) in said, outsider.email in said) == (True, False)

    def test_by_the_form_too_she_gives_nothing_elsewhere_even_what_gives_nothing(
        self, staff: Client, person: Any
    ) -> None:
        form = {
            **EMPTY_PERIOD,
            "user": str(person("clerk", scope=HERE).pk),
            "role": str(role_of("empty").pk),
            "reason": "",
        }
        for scope in ("/", THERE, f"{HERE}/eu"):
            staff.post("/admin/rbac/roleassignment/add/", {**form, "scope": scope})

        assert [given.scope for given in RoleAssignment.objects.filter(role__name="empty")] == [f"{HERE}/eu"]

    def test_what_her_people_hold_elsewhere_is_not_on_their_page(self, staff: Client, person: Any) -> None:
        clerk = person("clerk", scope=HERE)
        inside, outside = (give(clerk, "invoice:view", scope=scope) for scope in (f"{HERE}/eu", f"{THERE}/eu"))

        said = staff.get(f"/admin/accounts/user/{clerk.pk}/change/").content.decode()
        assert (inside.role.name in said, outside.role.name in said, THERE in said) == (True, False, False)
