import re
from collections.abc import Iterator

import pytest

from common.actors import SYSTEM, Actor, ActorKind
from common.errors import DomainError, FieldError, Invalid, PermissionRefused, Unavailable


def family(of: type[DomainError]) -> Iterator[type[DomainError]]:
    yield of
    for child in of.__subclasses__():
        yield from family(child)


@pytest.mark.parametrize("error", list(family(DomainError)), ids=lambda error: error.__name__)
def test_every_refusal_has_a_code_a_status_and_words(error: type[DomainError]) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", error.code)
    assert 400 <= error.status < 600
    assert error.title[0].isupper()
    assert not error.title.endswith(".")


def test_a_refusal_without_words_speaks_its_title() -> None:
    assert (str(PermissionRefused()), PermissionRefused().detail) == (PermissionRefused.title, PermissionRefused.title)


def test_a_refusal_carries_what_the_caller_can_act_on() -> None:
    wrong = FieldError("email", "invalid", "Not an address.")

    error = Invalid("Not so.", errors=[wrong], retry_after=3)

    assert (error.detail, error.errors, error.retry_after, dict(error.members)) == ("Not so.", (wrong,), 3, {})


def test_what_is_unavailable_is_worth_another_try() -> None:
    assert Unavailable().retry_after == 5


def test_only_the_system_is_the_system() -> None:
    assert SYSTEM.is_system
    assert not Actor(kind=ActorKind.ANONYMOUS).is_system
