"""A large graph of roles: 10,000 of them, 100,000 links to permissions, twenty deep. No database."""

import random
from functools import partial
from uuid import UUID

from benchmarks import company, stopwatch
from benchmarks.contenders import tell
from rbac.graph import Graph

ROLES, LINKS, DEPTH = 10_000, 100_000, 20
Rows = tuple[list[tuple[UUID, str]], list[tuple[UUID, str]], list[tuple[UUID, UUID]]]


def rows() -> Rows:
    """In twenty layers; each role but the lowest inherits from two of the layer below."""
    chance, width = random.Random(company.SEED), ROLES // DEPTH
    ids = [company.id_of(number) for number in range(ROLES)]
    held = [(ids[number % ROLES], company.permission_name(chance.randrange(LINKS))) for number in range(LINKS)]
    juniors = [
        (ids[number], ids[(number // width - 1) * width + place])
        for number in range(width, ROLES)
        for place in chance.sample(range(width), 2)
    ]
    return [(one, str(number)) for number, one in enumerate(ids)], held, juniors


def main() -> None:
    roles, held, juniors = rows()
    tell({"graph_ms": stopwatch.whole(partial(Graph.of, roles, held, juniors), times=3), "links": len(juniors)})


if __name__ == "__main__":
    main()
