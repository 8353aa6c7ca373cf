"""What has to happen, who gains and loses by it, and how it is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbac.policy_files import reports
from rbac.policy_files.differences import Difference, Verb, compare
from rbac.policy_files.documents import Document, Given, Group, Permission, Role, Separation
from rbac.policy_files.effects import Effect, Power, effects
from rbac.policy_files.reports import Line, Tone

CLERK = Role(name="clerk", permissions=frozenset({"invoice:view"}))


def told(before: Document, after: Document, *, prune: bool = False) -> list[str]:
    return [line.words for line in reports.of_comparison(compare(before, after, prune=prune))]


def test_what_is_the_same_needs_no_step() -> None:
    policy = Document(permissions=(Permission(name="a:b"),), roles=(CLERK,), groups=(Group(name="g"),))

    assert compare(policy, policy, prune=True).steps == ()


def test_the_line_where_it_stands_makes_no_difference() -> None:
    moved = Role(name="clerk", permissions=frozenset({"invoice:view"}), line=7)

    assert compare(Document(roles=(CLERK,)), Document(roles=(moved,)), prune=False).steps == ()


def test_a_changed_role_tells_what_comes_and_goes() -> None:
    wanted = Role(name="clerk", title="Clerk", permissions=frozenset({"invoice:enter"}))

    (step,) = compare(Document(roles=(CLERK,)), Document(roles=(wanted,)), prune=False).steps

    assert (step.verb, step.of("title").after) == (Verb.CHANGE, "Clerk")
    expected = Difference(field="permissions", added=("invoice:enter",), removed=("invoice:view",))
    assert step.of("permissions") == expected
    assert step.of("inherits") == Difference(field="inherits")


@pytest.mark.parametrize("prune", [True, False])
def test_what_is_not_in_the_file_goes_only_when_asked(prune: bool) -> None:
    found = compare(Document(roles=(CLERK,)), Document(roles=()), prune=prune)

    assert [(step.verb, step.before) for step in found.steps] == ([(Verb.REMOVE, CLERK)] if prune else [])
    assert found.left_alone == (() if prune else (CLERK,))


def test_a_section_that_is_missing_prunes_nothing() -> None:
    found = compare(Document(roles=(CLERK,), groups=(Group(name="g"),)), Document(groups=()), prune=True)

    assert [(step.verb, step.part.name) for step in found.steps] == [(Verb.REMOVE, "g")]
    assert found.left_alone == ()


@pytest.mark.parametrize(
    ("wanted", "steps"), [(None, 0), (frozenset({"a@b.org"}), 0), (frozenset[str](), 1), (frozenset({"c@d.org"}), 1)]
)
def test_members_count_only_where_the_file_lists_them(wanted: frozenset[str] | None, steps: int) -> None:
    before = Document(groups=(Group(name="g", members=frozenset({"a@b.org"})),))

    found = compare(before, Document(groups=(Group(name="g", members=wanted),)), prune=False)

    assert len(found.steps) == steps


def test_a_plan_reads_as_a_diff() -> None:
    before = Document(
        roles=(CLERK, Role(name="old")), groups=(Group(name="g", roles=frozenset({Given("clerk", "/acme")})),)
    )
    after = Document(
        roles=(Role(name="clerk", title="Clerk", permissions=frozenset({"invoice:*"})),),
        separation_of_duty=(Separation(name="eyes", sort="dynamic", limit=2),),
        groups=(Group(name="g", roles=frozenset({Given("clerk", "/")})),),
    )

    assert told(before, after) == [
        "~ role clerk",
        "    title: nothing → Clerk",
        "    permissions: + invoice:*",
        "    permissions: - invoice:view",
        "+ separation_of_duty eyes",
        "    kind: dynamic",
        "    limit: 2",
        "~ group g",
        "    roles: + clerk at /",
        "    roles: - clerk at /acme",
        "  role old is not in the file and left alone; --prune removes it",
    ]
    assert "- role old" in told(before, after, prune=True)


def test_another_description_of_a_permission_is_a_change() -> None:
    before, after = (Document(permissions=(Permission(name="a:b", description=words),)) for words in ("old", "new"))

    assert told(before, after) == ["~ permission a:b", "    description: old → new"]
    assert reports.summary(compare(before, after, prune=False)) == "0 to add, 1 to change, 0 to remove"


def test_text_in_a_plan_plays_no_tricks_on_the_terminal() -> None:
    hostile = Document(roles=(Role(name="clerk", title="\x1b[2J\n+ role harmless" + "x" * 900),))

    assert all(words.isprintable() and len(words) < 300 for words in told(Document(), hostile))


def test_a_plan_counts_its_steps() -> None:
    found = compare(Document(roles=(CLERK,)), Document(roles=(Role(name="a"), Role(name="b"))), prune=True)

    assert reports.summary(found) == "2 to add, 0 to change, 1 to remove"


def powers(*said: tuple[str, str]) -> frozenset[Power]:
    return frozenset(Power("clerk", scope, pattern) for scope, pattern in said)


def test_people_gain_and_lose_by_role_and_place() -> None:
    before = {"anna": powers(("/", "a:b")), "bert": powers(("/", "a:b")), "cora": powers(("/x", "a:b"))}
    after = {"anna": powers(("/", "c:d")), "bert": powers(("/", "c:d")), "cora": powers(("/x", "a:b"))}

    assert effects(before, after) == [
        Effect(is_gain=True, role="clerk", scope="/", patterns=("c:d",), who=("anna", "bert")),
        Effect(is_gain=False, role="clerk", scope="/", patterns=("a:b",), who=("anna", "bert")),
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"anna": powers(("/", "a:*"))}, {"anna": powers(("/", "a:*"), ("/x", "a:b"))}),
        ({"anna": powers(("/x", "a:b"), ("/", "*:*"))}, {"anna": powers(("/", "*:*"))}),
        ({"anna": powers()}, {}),
    ],
)
def test_what_somebody_has_anyway_is_neither_gained_nor_lost(
    before: dict[str, frozenset[Power]], after: dict[str, frozenset[Power]]
) -> None:
    assert effects(before, after) == []


def test_people_with_other_gains_beside_are_counted_together() -> None:
    after = {"anna": powers(("/", "a:b"), ("/x", "c:d")), "bert": powers(("/", "a:b"))}

    assert [(each.scope, each.who) for each in effects({}, after)] == [("/", ("anna", "bert")), ("/x", ("anna",))]


HOLDINGS = st.dictionaries(
    st.sampled_from("abc"),
    st.frozensets(
        st.builds(Power, st.sampled_from("rs"), st.sampled_from(["/", "/x"]), st.sampled_from(["a:b", "*:b"]))
    ),
)


@given(HOLDINGS, HOLDINGS)
def test_what_one_way_gains_the_other_way_loses(
    before: dict[str, frozenset[Power]], after: dict[str, frozenset[Power]]
) -> None:
    there = {(each.role, each.scope, each.patterns, each.who) for each in effects(before, after) if each.is_gain}
    back = {(each.role, each.scope, each.patterns, each.who) for each in effects(after, before) if not each.is_gain}

    assert there == back


def test_all_are_counted_and_ten_are_named() -> None:
    who = tuple(f"p{number:02}@example.org" for number in range(12))
    effect = Effect(is_gain=False, role="clerk", scope="/acme", patterns=("a:b", "a:c"), who=who)

    (line,) = reports.of_effects([effect])

    assert line.tone is Tone.REMOVED
    assert line.words.startswith("- 12 lose a:b, a:c at /acme by clerk: p00@example.org, p01@example.org")
    assert line.words.endswith("p09@example.org and 2 more")


def test_one_gains_alone() -> None:
    effect = Effect(is_gain=True, role="clerk", scope="/", patterns=("a:b",), who=("anna@example.org",))

    assert list(reports.of_effects([effect])) == [Line(Tone.ADDED, "+ 1 gains a:b at / by clerk: anna@example.org")]
