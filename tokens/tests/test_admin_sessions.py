"""Sessions as staff sees and ends them."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from common.actors import SYSTEM
from events.models import Event
from tokens.admin_sessions import REASONS
from tokens.models import Session
from tokens.services import sessions
from tokens.tests.desks import act, staff

SESSIONS = "/admin/tokens/session/"
REASON = re.compile(r"sessions\.end\w*\(|end\(session, |end_living\(")


@pytest.fixture
def desk(bob: User) -> Client:
    """Where Bob sits, who may see and end sessions."""
    return staff(bob, "session:view", "session:end")


def signed_in(user: User, **traits: Any) -> Session:
    session = sessions.start(user, amr=["pwd"], actor=SYSTEM, at=timezone.now())
    Session.objects.filter(pk=session.pk).update(**traits)
    return session


def living() -> set[object]:
    return set(Session.objects.filter(revoked_at=None).values_list("pk", flat=True))


def sweep(desk: Client, query: str, *rows: Session) -> int:
    """Tick some, say that all that match are meant, and end them."""
    return act(desk, f"{SESSIONS}?{query}", "end", *[row.pk for row in rows], select_across="1")


def test_sessions_are_found_by_the_person(session: Session, desk: Client) -> None:
    assert str(session.pk) in desk.get(SESSIONS, {"q": "alice@"}).content.decode()
    assert str(session.pk) not in desk.get(SESSIONS, {"q": "carol@"}).content.decode()


@pytest.mark.parametrize(
    ("traits", "query"),
    [
        ({"client_id": "kiosk"}, {"client": "kiosk"}),
        ({"client_id": "kiosk"}, {"client": " kiosk "}),
        ({"device_name": "Firefox on Linux"}, {"device": "firefox"}),
        ({"ip": "198.51.100.7"}, {"q": "198.51.100.7"}),
        ({"revoked_at": timezone.now(), "revoked_reason": "ended_by_staff"}, {"state": "ended"}),
        ({"idle_expires_at": timezone.now()}, {"state": "over"}),
    ],
)
def test_the_list_is_narrowed(alice: User, desk: Client, traits: dict[str, Any], query: dict[str, str]) -> None:
    found, other = signed_in(alice, **traits), signed_in(alice)

    page = desk.get(SESSIONS, query).content.decode()

    assert (str(found.pk) in page, str(other.pk) in page) == (True, False)


@pytest.mark.parametrize("query", [{"state": "junk"}, {"client": ""}, {"device": " "}])
def test_what_says_nothing_narrows_nothing(session: Session, desk: Client, query: dict[str, str]) -> None:
    assert str(session.pk) in desk.get(SESSIONS, query).content.decode()


@pytest.mark.parametrize(
    ("traits", "words"),
    [
        ({}, "alive"),
        ({"revoked_at": timezone.now(), "revoked_reason": "refresh_token_reused"}, "two parties used it"),
        ({"revoked_at": timezone.now(), "revoked_reason": "of_tomorrow"}, "of_tomorrow"),
        ({"idle_expires_at": timezone.now()}, "not used for too long"),
    ],
)
def test_its_state_is_told_in_words(alice: User, desk: Client, traits: dict[str, Any], words: str) -> None:
    session = signed_in(alice, **traits)

    assert words in desk.get(f"{SESSIONS}{session.pk}/change/").content.decode()


def test_every_reason_has_its_words() -> None:
    sources = [path for path in Path(settings.BASE_DIR, "tokens").rglob("*.py") if "tests" not in path.parts]
    calls = [line for path in sources for line in path.read_text().splitlines() if REASON.search(line)]
    given = {found[1] for line in calls if (found := re.search(r'reason="(\w+)"', line))}

    assert len(given) >= 7
    assert given <= REASONS.keys()


def test_staff_ends_a_session_and_it_is_known_who(session: Session, bob: User, desk: Client) -> None:
    Session.objects.update(idle_expires_at=timezone.now() + timedelta(days=1))
    assert act(desk, SESSIONS, "end", session.pk) == 302

    session.refresh_from_db()
    assert session.revoked_reason == "ended_by_staff"
    assert Event.objects.get(kind="tokens.session.ended").actor_id == bob.pk


def test_looking_is_not_ending(session: Session, bob: User) -> None:
    desk = staff(bob, "session:view")

    act(desk, SESSIONS, "end", session.pk)
    sweep(desk, "q=alice@", session)

    assert living() == {session.pk}


def test_nobody_ends_the_sessions_of_those_who_outrank_him(root: User, desk: Client) -> None:
    roots = signed_in(root)

    assert act(desk, SESSIONS, "end", roots.pk) == 403

    assert living() == {roots.pk}


@pytest.mark.parametrize(
    "query", ["q=alice@example.org", "q=198.51.100.7", "client=kiosk", "device=Fire", "user__id__exact={alice.pk}"]
)
def test_all_that_match_are_ended_and_not_only_those_that_were_ticked(
    alice: User, root: User, desk: Client, query: str
) -> None:
    traits = {"ip": "198.51.100.7", "client_id": "kiosk", "device_name": "Firefox on Linux"}
    ticked, _, other = signed_in(alice, **traits), signed_in(alice, **traits), signed_in(root)

    assert sweep(desk, query.format(alice=alice), ticked) == 302

    assert living() == {other.pk}
    assert "Sessions ended: 2" in desk.get(SESSIONS).content.decode()


def test_of_all_that_match_those_of_people_above_him_are_skipped_and_counted(
    alice: User, root: User, desk: Client
) -> None:
    ticked, roots = signed_in(alice, client_id="kiosk"), signed_in(root, client_id="kiosk")

    sweep(desk, "client=kiosk", ticked)

    assert living() == {roots.pk}
    assert "Sessions ended: 1; left: 1" in desk.get(SESSIONS).content.decode()


@pytest.mark.parametrize("query", ["", "state=alive", "q=%20", "q=%00", "client=%20", "o=1", "state=junk"])
def test_everybody_s_sessions_are_not_ended_by_an_oversight(session: Session, desk: Client, query: str) -> None:
    assert sweep(desk, query, session) == 302

    assert living() == {session.pk}
    assert "Search or filter first" in desk.get(SESSIONS).content.decode()


def test_the_list_offers_to_select_all_that_match_without_a_number(session: Session, desk: Client) -> None:
    page = desk.get(SESSIONS).content.decode()

    assert "Select all that match" in page
    assert "10000" not in page


def test_the_page_of_a_person_shows_where_she_is_signed_in(alice: User, bob: User) -> None:
    signed_in(alice, device_name="Kitchen tablet")
    page = f"/admin/accounts/user/{alice.pk}/change/"

    assert "Kitchen tablet" in staff(bob, "user:view", "session:view").get(page).content.decode()
