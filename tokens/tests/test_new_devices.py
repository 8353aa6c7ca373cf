"""Which sign-ins are news to her."""

import pytest

from tokens import devices
from tokens.devices import Place

HOME, WORK = Place("Firefox on Linux", "198.51.100.7"), Place("Chrome on Windows", "203.0.113.9")


@pytest.mark.parametrize(
    ("place", "known", "is_news"),
    [
        # The first of all, and what she has done before.
        (HOME, [], False),
        (HOME, [HOME], False),
        (HOME, [WORK, HOME, WORK], False),
        # Each is known, if not together: her laptop at work.
        (Place(HOME.device, WORK.ip), [HOME, WORK], False),
        # Her provider gives her another address each night.
        (Place(HOME.device, "198.51.203.99"), [HOME], False),
        (Place(HOME.device, "2001:db8:9::1"), [Place(HOME.device, "2001:db8:1::1")], False),
        # Another device at home; the commonest browser, far away.
        (Place("Chrome on Windows", HOME.ip), [HOME], True),
        (Place(HOME.device, "192.0.2.1"), [HOME], True),
        (Place(HOME.device, "2001:db9::1"), [Place(HOME.device, "2001:db8::1")], True),
        (Place(HOME.device, "2001:db8::1"), [HOME], True),
        (WORK, [HOME], True),
        # What says nothing is a kind of device, too; what is not known of the place alarms nobody.
        (Place("", HOME.ip), [HOME], True),
        (Place("", HOME.ip), [Place("", HOME.ip)], False),
        (Place(HOME.device, None), [HOME], False),
        (HOME, [Place(HOME.device, None)], False),
        (Place(WORK.device, None), [HOME], True),
    ],
)
def test_a_sign_in_is_news_from_a_new_device_or_a_new_part_of_the_net(
    place: Place, known: list[Place], is_news: bool
) -> None:
    assert devices.is_news(place, known=known) is is_news


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Firefox on Linux", "Firefox on Linux"),
        ("Zo\u00eb's iPhone (17.5)", "Zo\u00eb's iPhone (17.5)"),
        ("python-requests", "python-requests"),
        ("https://evil.example/?a=b", "https evil example a b"),
        ("go to evil.example", "go to evil example"),
        ("evil\u3002example", "evil example"),
        ("boss@evil.example", "boss evil example"),
        ("<b>\u201cx\u201d</b>{{ x }}", "b x b x"),
        ("\u202egnp.exe", "gnp exe"),
        ("x" * 150, "x" * 60),
        ("", ""),
    ],
)
def test_a_name_in_a_mail_is_no_link_and_no_markup(name: str, shown: str) -> None:
    assert devices.shown(name) == shown
