"""Many questions in one body ("boxcarring"): the defaults put in, each read by itself, and where the answers stop. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from common.errors import DomainError
from rbac.api.authzen import forms
from rbac.api.authzen.forms import Malformed
from rbac.selectors import Asked

MOST = 1000
DEFAULTS = ("subject", "action", "resource", "context")
Answer = dict[str, Any]


class TooMany(DomainError):
    code = "too_many_evaluations"
    status = 413
    title = f"More than {MOST} questions in one request"


class Semantic(StrEnum):
    """The values of `options.evaluations_semantic`."""

    ALL = "execute_all"
    FIRST_DENY = "deny_on_first_deny"
    FIRST_PERMIT = "permit_on_first_permit"


STOPS_AT = {Semantic.FIRST_DENY: False, Semantic.FIRST_PERMIT: True}


class Batch(NamedTuple):
    """Each item is a question, or what is wrong with it: that fails the item and not the request."""

    items: Sequence[Asked | Malformed]
    semantic: Semantic


def read(body: object) -> Batch | None:
    """None where there is no list, or an empty one: then the body is a single question."""
    asked = forms.members(body)
    items, semantic = asked.get("evaluations", []), _semantic(asked)
    if not isinstance(items, list):
        raise Malformed("evaluations is not an array.")
    if len(items) > MOST:
        raise TooMany
    defaults = {name: asked[name] for name in DEFAULTS if name in asked}
    return Batch([_read(item, defaults) for item in items], semantic) if items else None


def _read(item: object, defaults: Mapping[str, Any]) -> Asked | Malformed:
    # A default is replaced whole, never member by member, and what is wrong with one that nobody uses does no harm.
    try:
        return forms.question({**defaults, **item} if isinstance(item, dict) else item)
    except Malformed as fault:
        return fault


def _semantic(asked: Mapping[str, Any]) -> Semantic:
    said = forms.optional_object(asked, "options").get("evaluations_semantic", Semantic.ALL)
    if said not in list(Semantic):
        raise Malformed(f"options.evaluations_semantic is none of {', '.join(Semantic)}.")
    return Semantic(said)


def failed(error: DomainError) -> Answer:
    """The answer to an item that could not be decided: closed, and why."""
    return {"decision": False, "context": {"error": {"status": error.status, "message": error.detail}}}


def told(answers: Iterable[Answer], semantic: Semantic) -> Iterator[Answer]:
    """The answers in their order, up to the one at which the caller wants to hear no more."""
    stop = STOPS_AT.get(semantic)
    for answer in answers:
        yield answer
        if answer["decision"] is stop:
            return
