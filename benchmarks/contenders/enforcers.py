"""pycasbin: its Enforcer, and its FastEnforcer, which looks only at the rules about the resource and action in question."""

import logging
from dataclasses import asdict
from functools import partial
from typing import Any

import casbin
from casbin.model import FastModel, Model

from benchmarks import company, stopwatch
from benchmarks.company import Company, Question, Sizes
from benchmarks.contenders import sizes, tell

# Its own example of roles (https://casbin.org/docs/rbac), as it stands.
MODEL = """
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act
"""
RESOURCE_AND_ACTION = [1, 2]


def model(made: Any) -> Any:
    made.load_model_from_text(MODEL)
    return made


def filled(enforcer: Any, about: Company) -> Any:
    rules = [
        (company.role_name(role), company.resource_of(one), company.action_of(one))
        for role, given in enumerate(about.permissions_of)
        for one in given
    ]
    roles = [
        (company.email_of(person), company.role_name(role))
        for person, held in enumerate(about.roles_of)
        for role in held
    ]
    # Lists: it reads them more than once.
    if not enforcer.add_policies(rules) or not enforcer.add_grouping_policies(roles):
        raise RuntimeError("pycasbin did not take the rules")
    return enforcer


def request(asked: Question) -> tuple[str, str, str]:
    person, permission = asked
    return company.email_of(person), company.resource_of(permission), company.action_of(permission)


def measured(enforcer: Any, about: Company, count: int) -> dict[str, object]:
    asked = [request(one) for one in about.questions(count)]
    enforcer.enforce(*asked[0])
    times = stopwatch.each(lambda one: enforcer.enforce(*one), asked)
    batch = stopwatch.whole(partial(enforcer.batch_enforce, asked[:100]), times=3)
    return asdict(times) | {"batch_100": batch}


def both() -> tuple[Any, Any]:
    """The fast one, and the plain one."""
    fast = casbin.FastEnforcer(model(FastModel(RESOURCE_AND_ACTION)), cache_key_order=RESOURCE_AND_ACTION)
    return fast, casbin.Enforcer(model(Model()))


def main(given: Sizes) -> None:
    logging.disable()
    about, (fast, plain) = given.company, both()
    tell(
        {
            "fast": measured(filled(fast, about), about, given.questions),
            "enforcer": measured(filled(plain, about), about, given.slow_questions),
        }
    )


if __name__ == "__main__":
    main(sizes())
