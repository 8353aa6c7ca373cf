"""Devices as their owner knows them: what to call one, and which sign-in is news to her. Pure; believed by nobody."""

import re
from collections.abc import Collection
from ipaddress import IPv4Address, ip_address, ip_network
from typing import NamedTuple

# The first that matches counts: nearly every browser also claims to be the ones below it.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Vivaldi", "Vivaldi"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
PROGRAM = re.compile(r"[A-Za-z][A-Za-z0-9 ._-]{0,60}")
# About what one provider gives out in one place: whoever gets a new address each night stays where she was.
IPV4_NEIGHBOURS, IPV6_NEIGHBOURS = 16, 32
# What makes an address of words: a dot, unless a version's number follows, and all that is no name's business.
LINKABLE = re.compile(r"[^\w '()+.-]|\.(?!\d)")
LONGEST_SHOWN = 60


def name_of(user_agent: str) -> str:
    """For a browser "Firefox on Linux", for others the program's own name ("curl"), "" where nothing can be said."""
    browser = _first(BROWSERS, user_agent)
    system = _first(SYSTEMS, user_agent)
    if browser and system:
        return f"{browser} on {system}"
    program = PROGRAM.match(user_agent.partition("/")[0])
    return browser or system or (program.group().strip() if program else "")


class Place(NamedTuple):
    """Where somebody signed in: on what, and from where."""

    device: str
    ip: str | None

    @property
    def neighbourhood(self) -> str | None:
        return _neighbourhood_of(self.ip) if self.ip else None


def is_news(place: Place, *, known: Collection[Place]) -> bool:
    """Whether she should hear of a sign-in: from a device, or a part of the net, that none of her others was from.

    Either alone is worth a mail: most thieves use the browser that most people use, and some sit in the same building.
    The first sign-in of all has nothing to be compared with.
    """
    if not known:
        return False
    neighbourhoods = {other.neighbourhood for other in known if other.ip}
    is_elsewhere = bool(neighbourhoods) and place.neighbourhood not in {None, *neighbourhoods}
    return is_elsewhere or place.device not in {other.device for other in known}


def shown(name: str) -> str:
    """A device's name for a mail. Whoever signed in may have typed it, so no reader's program can make a link of it."""
    return " ".join(LINKABLE.sub(" ", name).split())[:LONGEST_SHOWN]


def _neighbourhood_of(ip: str) -> str:
    address = ip_address(ip)
    width = IPV4_NEIGHBOURS if isinstance(address, IPv4Address) else IPV6_NEIGHBOURS
    return str(ip_network((address, width), strict=False))


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for mark, name in names if mark in user_agent), "")
