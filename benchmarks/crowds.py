"""Decisions by how many assignments there are: a thousand in one database, a million in another, asked in turns."""

import contextlib
from collections import defaultdict
from dataclasses import replace

import psycopg

from benchmarks import busy, company, inside, scale, servers
from benchmarks.company import ROLES_EACH, Sizes
from benchmarks.inside import Found
from benchmarks.servers import Server

FEW, MANY = 1_000, 1_000_000
TURNS = 3
# Of ids that nobody else has.
ASSIGNMENT_ID = "('01900000-0000-7000-{part}-' || lpad(to_hex(n), 12, '0'))::uuid"
COMPARED = ("scale_fresh", "scale_warm")


def take(sizes: Sizes, *, many: int = MANY, port: int) -> Found:
    """Of each figure the ratio of the two, the median of the rounds; and what was taken."""
    taken: dict[str, list[Found]] = defaultdict(list)
    with contextlib.ExitStack() as stack:
        ready = {
            count: stack.enter_context(inside.empty(servers.ours(), port + at)) for at, count in enumerate((FEW, many))
        }
        for count, server in ready.items():
            print(f"filling in {count} assignments", flush=True)
            fill(server, sizes, count)
        with busy.others():
            for _ in range(TURNS):
                for count, server in ready.items():
                    asked = replace(sizes, people=count // ROLES_EACH)
                    taken["many" if count == many else "few"].append(inside.run(server, "crowd", asked))
    ratios = {name: inside.middle(_ratios(taken, name)) for name in COMPARED}
    return {**ratios, "scale_rounds": dict(taken)}


def _ratios(taken: dict[str, list[Found]], name: str) -> list[float]:
    return [many[name] / few[name] for many, few in zip(taken["many"], taken["few"], strict=True)]


def fill(server: Server, sizes: Sizes, count: int) -> None:
    """A small company, and copies of its first person and of both that she holds."""
    inside.run(server, "settling", replace(sizes, people=FEW // ROLES_EACH))
    known, wanted = FEW // ROLES_EACH, count // ROLES_EACH
    number = f"(n + {known - 1})"
    user = scale.USER_ID.replace("(n)", number)
    email = f"'crowd' || {number} || '@example.org'"
    first = company.id_of(0)
    with psycopg.connect(server.database_url, autocommit=True) as connection:
        copies = {"id": user, "email": email, "email_canonical": email}
        scale.multiply(connection, "accounts_user", wanted - known, copies, where=f"t.id = '{first}'")
        held = connection.execute("SELECT id FROM rbac_roleassignment WHERE user_id = %s", [first]).fetchall()
        for part, (assignment,) in enumerate(held, 0xA001):
            copies = {"id": ASSIGNMENT_ID.format(part=f"{part:x}"), "user_id": user}
            scale.multiply(connection, "rbac_roleassignment", wanted - known, copies, where=f"t.id = '{assignment}'")
        connection.execute("VACUUM ANALYZE")
