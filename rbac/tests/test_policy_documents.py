"""What a policy file says, and all that is wrong with one, line by line."""

from textwrap import dedent

import pytest

from rbac.errors.policy_files import Fault, InvalidPolicyFile
from rbac.policy_files import checking, claims, references
from rbac.policy_files.documents import Claim, Document, Given, Group, Permission, Role, Separation
from rbac.policy_files.references import Known

WHOLE = """\
    version: 1
    permissions:
      - {name: "invoice:approve", description: Release a payment}
    roles:
      - name: clerk
        title: Clerk
        description: |
          Enters.
          Never approves.
        permissions: ["invoice:*"]
        inherits: [auditor]
        emergency_minutes: 60
    separation_of_duty:
      - {name: four-eyes, kind: dynamic, limit: 2, roles: [clerk, lead, boss]}
    groups:
      - name: emea
        scope: /acme
        roles: [{role: clerk, scope: /acme/eu}, {role: clerk}]
        members: [Anna@Example.org]
    tests:
      - user anna@example.org may not invoice:approve at /acme/us
    """


def document(text: str) -> Document:
    return checking.document(dedent(text))


def faults(text: str) -> list[str]:
    with pytest.raises(InvalidPolicyFile) as refused:
        checking.document(text)
    return refused.value.detail.splitlines()


def test_a_whole_file_is_read() -> None:
    said = document(WHOLE)

    assert said.permissions == (Permission(name="invoice:approve", description="Release a payment"),)
    assert said.roles == (
        Role(
            name="clerk",
            title="Clerk",
            description="Enters.\nNever approves.\n",
            permissions=frozenset({"invoice:*"}),
            inherits=frozenset({"auditor"}),
            emergency_minutes=60,
        ),
    )
    limited = Separation(name="four-eyes", sort="dynamic", limit=2, roles=frozenset({"clerk", "lead", "boss"}))
    assert said.separation_of_duty == (limited,)


def test_groups_have_roles_at_places_and_members_by_canonical_address() -> None:
    roles = frozenset({Given("clerk", "/acme/eu"), Given("clerk", "/")})

    assert document(WHOLE).groups == (
        Group(name="emea", scope="/acme", roles=roles, members=frozenset({"anna@example.org"})),
    )


def test_a_section_that_is_not_there_says_nothing_and_an_empty_one_says_none() -> None:
    said = document("version: 1\nroles:\ngroups: []\n")

    assert (said.permissions, said.roles, said.groups) == (None, (), ())


def test_members_that_are_not_listed_are_no_matter_of_the_file() -> None:
    said = document("version: 1\ngroups: [{name: a}, {name: b, members: []}]\n")

    assert [group.members for group in said.groups or ()] == [None, frozenset()]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("roles: []", "line 1: version is missing"),
        ("version: 2", "line 1: version “2” is none of 1"),
        ("- version: 1", "line 1: fields are wanted here"),
        ("just text", "line 1: fields are wanted here"),
        ("version: 1\nrole: []", "line 2: there is no field “role” here"),
        ("version: 1\nroles: {name: a}", "line 2: roles is a list"),
        ("version: 1\nroles:\n  - clerk", "line 3: fields are wanted here, such as name"),
        ("version: 1\nroles:\n  - title: a", "line 3: name is missing"),
        ("version: 1\nroles:\n  - name: a b", "line 3: name “a b” is no name"),
        ("version: 1\nroles:\n  - name: [a]", "line 3: name is text"),
        ("version: 1\nroles:\n  - name: a\n  - name: b\n  - name: a", "line 5: roles has “a” twice, first in line 3"),
        ("version: 1\nroles:\n  - name: a\n    permisions: []", "line 4: there is no field “permisions”"),
        ("version: 1\nroles:\n  - name: a\n    permissions: x", "line 4: permissions is a list"),
        ("version: 1\nroles:\n  - name: a\n    permissions: ['x:Y']", "line 4: permissions “x:Y” is neither"),
        ("version: 1\nroles:\n  - name: a\n    permissions:\n      - a:b\n      - a:b", "line 6: “a:b” stands in"),
        ("version: 1\nroles:\n  - name: a\n    title: {a: b}", "line 4: title is text"),
        ("version: 1\nroles:\n  - name: a\n    title: " + "x" * 151, "line 4: title “" + "x" * 80),
        ('version: 1\nroles:\n  - name: a\n    title: "a\\0b"', "must not contain a NUL"),
        ('version: 1\nroles:\n  - name: a\n    title: "\\ud800"', "line 4: "),
        ('version: 1\nroles:\n  - name: a\n    title: "\\u202e"', "must not contain the character U+202E"),
        ("version: 1\nroles:\n  - name: a\n    emergency_minutes: 0", "line 4: emergency_minutes is a whole number"),
        ("version: 1\nroles:\n  - name: a\n    emergency_minutes: 32768", "line 4: emergency_minutes is a whole number"),
        ("version: 1\nroles:\n  - name: a\n    emergency_minutes: '5'", "line 4: emergency_minutes is a whole number"),
        ("version: 1\nroles:\n  - name: a\n    emergency_minutes: [5]", "line 4: emergency_minutes is a whole number"),
        ("version: 1\npermissions:\n  - name: 'a:*'", "line 3: name “a:*” is no permission"),
        ("version: 1\nseparation_of_duty:\n  - {name: a, roles: [x, y]}", "line 3: kind is missing"),
        ("version: 1\nseparation_of_duty:\n  - {name: a, kind: total}", "“total” is none of static, dynamic"),
        ("version: 1\ngroups:\n  - {name: a, scope: /Acme}", "line 3: scope “/Acme” is no scope"),
        ("version: 1\ngroups:\n  - {name: a, roles: [x]}", "line 3: fields are wanted here, such as role"),
        ("version: 1\ngroups:\n  - {name: a, members: [anna]}", "line 3: members “anna” is no e-mail address"),
        ("version: 1\ntests:\n  - anna may fly", "line 3: tests “anna may fly” is no sentence"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_line(text: str, words: str) -> None:
    (fault,) = faults(text)

    assert words in fault


def test_all_faults_come_at_once_in_the_order_of_their_lines() -> None:
    text = "version: 1\ntests: [nonsense]\nroles:\n  - name: A B\n    limit: 1\n  - {}\nfoo: 1\n"

    assert [fault.split(":")[0] for fault in faults(text)] == [f"line {line}" for line in (2, 4, 5, 6, 7)]


def test_what_is_told_of_a_hostile_word_is_short_and_printable() -> None:
    (fault,) = faults('version: 1\n"\\e[31m' + "x" * 1_000_000 + '": 1\n')

    assert fault.isprintable()
    assert len(fault) < 300


@pytest.mark.parametrize(
    ("sentence", "claim"),
    [
        ("user a@b.org may x:y", Claim(kind="user", name="a@b.org", allowed=True, permission="x:y")),
        ("user a@b.org may not x:y at /c", Claim(kind="user", name="a@b.org", allowed=False, permission="x:y", scope="/c")),
        ("  group  g  may  x:y  at  /  ", Claim(kind="group", name="g", allowed=True, permission="x:y")),
        ("service_account The may bot may x:y", Claim(kind="service_account", name="The may bot", allowed=True, permission="x:y")),
        ("service_account may not may not x:y", Claim(kind="service_account", name="may not", allowed=False, permission="x:y")),
    ],
)  # fmt: skip
def test_a_sentence_is_a_test(sentence: str, claim: Claim) -> None:
    assert claims.read(sentence) == claim
    assert claims.read(str(claim)) == claim


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "user may x:y",
        "robot r may x:y",
        "user a@b.org may x",
        "user a@b.org may x:*",
        "user a@b.org may x:y at acme",
        "user a@b.org may x:y in /acme",
        "user a@b.org must x:y",
        "user a@b.org may not not x:y",
        "user a@b.org may x:y at /" + "a" * 500,
        "user" + " " * 50_000 + "x",
    ],
)
def test_what_is_no_sentence_is_said_so(sentence: str) -> None:
    assert claims.fault_of(sentence)


KNOWN = Known(
    permissions=frozenset({"user:view"}),
    roles=frozenset({"auditor"}),
    people=frozenset({"anna@example.org"}),
    builtin=frozenset({"auditor", "user:view"}),
)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("roles: [{name: a, permissions: ['x:y']}]", Fault(2, "there is no permission “x:y”")),
        ("roles: [{name: a, inherits: [b]}]", Fault(2, "there is no role “b”")),
        ("groups: [{name: a, roles: [{role: b}]}]", Fault(2, "there is no role “b”")),
        ("groups: [{name: a, members: [b@c.org]}]", Fault(2, "there is no user “b@c.org”")),
        ("separation_of_duty: [{name: a, kind: static, roles: [b, auditor]}]", Fault(2, "there is no role “b”")),
        ("roles: [{name: auditor}]", Fault(2, "the role “auditor” is built in and not to be changed")),
        ("permissions: [{name: 'user:view'}]", Fault(2, "the permission “user:view” is built in and not to be changed")),
        (
            "roles: [{name: a, inherits: [b]}, {name: b, inherits: [a]}]",
            Fault(2, "these roles inherit from each other in a ring: a > b > a"),
        ),
    ],
)  # fmt: skip
def test_what_is_not_there_or_built_in_is_refused(text: str, fault: Fault) -> None:
    assert references.faults_of(document(f"version: 1\n{text}\n"), KNOWN) == [fault]


def test_what_the_file_makes_or_the_server_has_may_be_named() -> None:
    text = """\
        version: 1
        permissions: [{name: "x:y"}]
        roles:
          - {name: a, permissions: ["x:y", "user:view", "z:*", "*:*"], inherits: [auditor, b]}
          - {name: b}
        groups: [{name: g, roles: [{role: a}], members: [ANNA@example.org]}]
        """

    assert references.faults_of(document(text), KNOWN) == []
