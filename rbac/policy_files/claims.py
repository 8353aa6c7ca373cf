"""The sentences by which a policy is tested: `user clerk@example.org may invoice:approve at /acme/eu`, or `… may not …`. Pure."""

import re

from common import permissions, scopes
from rbac.policy_files import forms
from rbac.policy_files.documents import Claim

SENTENCE = re.compile(
    r"(?P<kind>user|service_account|group) +(?P<name>\S.*?) +may(?P<no> +not)? +(?P<permission>\S+)(?: +at +(?P<scope>\S+))?"
)
EXAMPLE = "user clerk@example.org may invoice:approve at /acme/eu"


def read(sentence: str, *, line: int = 0) -> Claim:
    """Raises ValueError with what is wrong. Where no place is named, it is `/`."""
    found = SENTENCE.fullmatch(sentence.strip())
    if found is None:
        raise ValueError(f"is no sentence such as: {EXAMPLE}")
    if not permissions.is_name(found["permission"]):
        raise ValueError(f"asks for {forms.quoted(found['permission'])}, which no permission is called")
    scope = found["scope"] or scopes.ROOT
    if fault := forms.a_scope(scope):
        raise ValueError(f"names {forms.quoted(scope)}, which {fault}")
    return Claim(
        kind=found["kind"],
        name=found["name"],
        allowed=found["no"] is None,
        permission=found["permission"],
        scope=scope,
        line=line,
    )


def fault_of(sentence: str) -> str | None:
    try:
        read(sentence)
    except ValueError as fault:
        return str(fault)
    return None
