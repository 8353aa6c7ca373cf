"""Our decisions about people at random, of however many there are. Run by benchmarks.crowds."""

import random

from benchmarks import company
from benchmarks.company import Company, Sizes
from benchmarks.contenders import ours, sizes, tell

MOST_ASKED_ABOUT = 500


def main(given: Sizes) -> None:
    """As many people of a large company as of a small one, and others in each process: those of the last may be remembered yet."""
    chance, about = random.Random(), Company()
    some = chance.sample(range(given.people), MOST_ASKED_ABOUT)
    asked = [ours.asked_of((chance.choice(some), chance.randrange(about.permissions))) for _ in range(given.questions)]
    # So that roles are compiled, and statements prepared.
    ours.ask_all(asked[:1])
    # The first time PostgreSQL may have to look for their rows on the disk.
    ours.fresh(asked[1:])
    tell({"scale_fresh": ours.fresh(asked[1:]).p50, "scale_warm": ours.warm(asked[1:]).p50, "seed": company.SEED})


if __name__ == "__main__":
    main(sizes())
