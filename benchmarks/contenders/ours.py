"""Our decisions in a process of their own: as everybody asks for them, and taken apart. Run by benchmarks.decisions."""

from dataclasses import asdict
from datetime import datetime
from functools import partial
from time import perf_counter
from typing import Any
from uuid import uuid4

import django
from django.db import connection
from django.utils import timezone

django.setup()

from benchmarks import company, stopwatch  # noqa: E402  models may be imported only now
from benchmarks.company import Question, Sizes  # noqa: E402
from benchmarks.contenders import sizes, tell  # noqa: E402
from common import lines, scopes  # noqa: E402
from common.actors import ActorKind  # noqa: E402
from common.lines import Line  # noqa: E402
from rbac import compiled, decisions, selectors, standing  # noqa: E402
from rbac.selectors import Asked  # noqa: E402
from rbac.selectors.subjects import Holding, known_among  # noqa: E402

# What the nodes remember of somebody they remember for ten seconds; these are asked within that.
AT_ONCE = 500
# As large as what is remembered of somebody, and the two stamps that it lies under.
REMEMBERED, STAMP = b"x" * 600, b"x" * 37


class Statements:
    """What a connection was asked, in the order of asking."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, execute: Any, statement: str, params: Any, many: bool, context: Any) -> Any:
        self.seen.append(str(statement))
        return execute(statement, params, many, context)

    def of(self, question: Question) -> tuple[int, int]:
        """How many one decision took: those that read the roles anew, and the others."""
        self.seen.clear()
        may(question)
        roles = sum("rbac_rolepermission" in one for one in self.seen)
        return roles, len(self.seen) - roles


def asked_of(question: Question) -> Asked:
    person, permission = question
    return Asked(ActorKind.USER, str(company.id_of(person)), company.permission_name(permission))


def ask(one: Asked) -> bool:
    return bool(selectors.evaluate(one.kind, one.subject_id, one.permission, scope=scopes.ROOT, at=timezone.now()))


def may(question: Question) -> bool:
    return ask(asked_of(question))


def ask_all(asked: list[Asked]) -> None:
    selectors.evaluate_many(asked, at=timezone.now())


def ask_twice(asked: list[Asked]) -> None:
    """The first writes what is not remembered yet, the second reads it."""
    ask_all(asked)
    ask_all(asked)


def cold(given: Sizes) -> dict[str, object]:
    """The first decisions of this process, about two whom nobody has asked about."""
    standing.forget_everybody()
    first, second = (given.people - 1, 0), (given.people - 2, 0)
    statements = Statements()
    with connection.execute_wrapper(statements):
        began = perf_counter()
        compiling, beside = statements.of(first)
        took = perf_counter() - began
        return {
            "cold_compile": compiling,
            "cold_beside": beside,
            "cold_next": sum(statements.of(second)),
            "warm": sum(statements.of(second)),
            "cold_ms": took * 1000,
        }


def warm(asked: list[Asked]) -> stopwatch.Times:
    """With the round trip, everybody having been asked about in this process a moment ago."""
    return stopwatch.in_parts(ask, asked, before=ask_twice, size=AT_ONCE)


def elsewhere(asked: list[Asked]) -> stopwatch.Times:
    """As `warm`, but so far it is another process that knows of them: what it wrote is read for the first time."""
    alone = list({one.subject_id: one for one in asked}.values())
    return stopwatch.in_parts(ask, alone, before=ask_all, size=AT_ONCE)


def fresh(asked: list[Asked]) -> stopwatch.Times:
    """With one statement each: what was remembered of anybody counts no more."""
    standing.forget_everybody()
    alone = list({one.subject_id: one for one in asked}.values())
    return stopwatch.each(ask, alone[:AT_ONCE])


def alone(questions: list[Question]) -> stopwatch.Times:
    """The decision from values: no look at what is remembered, and no question to anybody."""
    at = timezone.now()
    known = known_among(ActorKind.USER, {company.id_of(person) for person, _ in questions})
    ready = [(known[company.id_of(who)].holding(at=at), company.permission_name(what)) for who, what in questions]

    def decide(one: tuple[Holding, str]) -> bool:
        holding, permission = one
        return bool(decisions.decide(holding.graph, holding.held, permission, scopes.ROOT, at))

    return stopwatch.each(decide, ready)


def round_trip(count: int) -> stopwatch.Times:
    """Three values of such sizes, by the same line, and nothing done with them."""
    keys = [f"bench:{uuid4()}" for _ in range(3)]
    values = zip(keys, (STAMP, STAMP, REMEMBERED), strict=True)
    lines.lent(Line.ask_all, [("SET", key, value, "EX", 60) for key, value in values])
    question = lines.lent(Line.packed, "MGET", *keys)
    return stopwatch.each(lambda _: lines.lent(Line.ask_packed, question), range(count))


def batches(given: Sizes, at: datetime) -> dict[str, object]:
    """In milliseconds: a hundred checks about as many, ten thousand about a hundred, and as many about ever others."""
    few = [asked_of(one) for one in given.company.questions(100)]
    many = [asked_of((number % 100, number % 2_000)) for number in range(10_000)]
    others = [asked_of((number % given.people, number % 2_000)) for number in range(10_000)]
    found: dict[str, object] = {}
    for name, batch in (("batch_100", few), ("batch_10000", many), ("batch_10000_others", others)):
        asking = partial(selectors.evaluate_many, batch, at=at)
        asking()
        found[name] = stopwatch.whole(asking, times=5)
    return found


def main(given: Sizes) -> None:
    found = cold(given)
    questions = given.company.questions(given.questions)
    asked = [asked_of(one) for one in questions]
    found |= {"fresh_p50": fresh(asked).p50, "elsewhere_p50": elsewhere(asked).p50}
    found |= {"ours": asdict(warm(asked)), "pure": asdict(alone(questions))}
    found |= {"again_p50": stopwatch.each(ask, asked[:1] * given.questions).p50}
    found |= {"round_trip_p50": round_trip(given.questions).p50, "roles": len(compiled.graph().names)}
    tell(found | batches(given, timezone.now()))


if __name__ == "__main__":
    main(sizes())
