"""The data on which decisions are measured, the same for all who are measured: people, their roles, what these give. Pure."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

ACTIONS = 10
ROLES_EACH, PERMISSIONS_EACH = 2, 10
SEED = 20261122
# Ids in the order of their making, as the server's own are.
FIRST_ID = 0x01900000_0000_7000_8000_000000000000
FIRST_NUMBER = 1_000
Question = tuple[int, int]


@dataclass(frozen=True)
class Company:
    """Everybody and everything goes by its number."""

    people: int = 10_000
    roles: int = 200
    permissions: int = 2_000

    @cached_property
    def roles_of(self) -> list[list[int]]:
        """Of each person."""
        chance = random.Random(SEED)
        return [sorted(chance.sample(range(self.roles), ROLES_EACH)) for _ in range(self.people)]

    @cached_property
    def permissions_of(self) -> list[list[int]]:
        """Of each role. Each permission is given by some role, for as long as there are enough of them."""
        chance = random.Random(SEED + 1)
        given = [set(range(role, self.permissions, self.roles)) for role in range(self.roles)]
        for one in given:
            one.update(chance.sample(range(self.permissions), max(0, PERMISSIONS_EACH - len(one))))
        return [sorted(one) for one in given]

    def may(self, person: int, permission: int) -> bool:
        return any(permission in self.permissions_of[role] for role in self.roles_of[person])

    def questions(self, count: int, *, seed: int = 0) -> list[Question]:
        """Who may do what, at random; every other one is about something that a role of hers gives."""
        chance = random.Random(SEED + 2 + seed)
        return list(self._asked(chance, count))

    def _asked(self, chance: random.Random, count: int) -> Iterator[Question]:
        for number in range(count):
            person = chance.randrange(self.people)
            if number % 2:
                yield person, chance.choice(self.permissions_of[chance.choice(self.roles_of[person])])
            else:
                yield person, chance.randrange(self.permissions)


def id_of(person: int) -> UUID:
    return UUID(int=FIRST_ID + person)


def number_of(person: int) -> int:
    """The id in a project that counts; those who sign in come before."""
    return FIRST_NUMBER + person


def email_of(person: int) -> str:
    return f"crowd{person}@example.org"


def role_name(role: int) -> str:
    return f"role-{role}"


def resource_of(permission: int) -> str:
    return f"document{permission // ACTIONS}"


def action_of(permission: int) -> str:
    return f"act{permission % ACTIONS}"


def permission_name(permission: int) -> str:
    return f"{resource_of(permission)}:{action_of(permission)}"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is asked. Whoever is slow is asked less often; the questions are the first of the same ones."""

    people: int = 10_000
    questions: int = 5_000
    slow_questions: int = 300

    @property
    def company(self) -> Company:
        return Company(people=self.people)
