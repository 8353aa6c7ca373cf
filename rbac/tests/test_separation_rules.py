"""Who has too much of what is to be kept apart, and what then gives nothing: the table."""

from uuid import UUID, uuid5

import pytest

from rbac.separation import CHOICE, Separation, exceeded, held_back

NAMES = "abcdef"
ID = {name: uuid5(UUID(int=0), name) for name in NAMES}
NAME = {role: name for name, role in ID.items()}


def of(roles: str, limit: int = 1, name: str = "apart") -> Separation:
    return Separation(name=name, roles=frozenset(ID[role] for role in roles), limit=limit)


def holding(*closures: str) -> dict[UUID, frozenset[UUID]]:
    """Each role, named first, with all that it comes to."""
    return {ID[closure[0]]: frozenset(ID[role] for role in closure) for closure in closures}


@pytest.mark.parametrize(
    ("separation", "held", "found"),
    [
        (of("ab"), holding(), ""),
        (of("ab"), holding("a"), ""),
        (of("ab"), holding("a", "c"), ""),
        (of("ab"), holding("a", "b"), "ab"),
        (of("ab"), holding("cab"), "ab"),
        (of("ab"), holding("a", "cdb"), "ab"),
        (of("ab"), holding("a", "ca"), ""),
        (of("abc", 2), holding("a", "b"), ""),
        (of("abc", 2), holding("a", "b", "c"), "abc"),
        (of("abcd", 2), holding("a", "ebc"), "abc"),
    ],
)
def test_roles_count_with_what_they_come_to(
    separation: Separation, held: dict[UUID, frozenset[UUID]], found: str
) -> None:
    counted = [sorted(NAME[role] for role in one.roles) for one in exceeded([separation], held)]

    assert counted == ([list(found)] if found else [])


def test_each_exceeded_set_is_told() -> None:
    sets = [of("ab", name="first"), of("cd", name="second"), of("ef", name="third")]

    found = exceeded(sets, holding("a", "b", "c", "fe"))

    assert [one.separation.name for one in found] == ["first", "third"]


@pytest.mark.parametrize(
    ("held", "activated", "back"),
    [
        (holding("a", "c"), None, {}),
        (holding("a", "b", "c"), None, {"a": "apart", "b": "apart"}),
        (holding("da", "b", "c"), None, {"d": "apart", "b": "apart"}),
        (holding("a", "b", "c"), "ac", {"b": CHOICE}),
        (holding("a", "b", "c"), "c", {"a": CHOICE, "b": CHOICE}),
        (holding("a", "b", "c"), "", {"a": CHOICE, "b": CHOICE, "c": CHOICE}),
        (holding("a", "b", "c"), "abc", {"a": "apart", "b": "apart"}),
        (holding("a", "c"), "abf", {"c": CHOICE}),
    ],
)
def test_of_a_set_that_is_exceeded_nothing_is_active(
    held: dict[UUID, frozenset[UUID]], activated: str | None, back: dict[str, str]
) -> None:
    chosen = None if activated is None else frozenset(ID[role] for role in activated)

    found = held_back([of("ab")], held, chosen)

    assert {NAME[role]: name for role, name in found.items()} == back


def test_who_chooses_within_one_set_is_still_held_to_the_other() -> None:
    found = held_back(
        [of("ab"), of("cd", name="other")], holding("a", "b", "c", "d"), frozenset({ID["a"], ID["c"], ID["d"]})
    )

    assert {NAME[role]: name for role, name in found.items()} == {"b": CHOICE, "c": "other", "d": "other"}
