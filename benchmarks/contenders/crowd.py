"""Our decisions about people at random, of however many there are. Run by benchmarks.crowds."""

import random

from benchmarks import company
from benchmarks.company import Company, Sizes
from benchmarks.contenders import ours, sizes, tell


def main(given: Sizes) -> None:
    """Other people in each process, since those of the last one may be remembered yet."""
    chance, about = random.Random(), Company()
    asked = [
        ours.asked_of((chance.randrange(given.people), chance.randrange(about.permissions)))
        for _ in range(given.questions)
    ]
    # So that roles are compiled, and statements prepared.
    ours.ask_all(asked[:1])
    tell({"scale_fresh": ours.fresh(asked[1:]).p50, "scale_warm": ours.warm(asked[1:]).p50, "seed": company.SEED})


if __name__ == "__main__":
    main(sizes())
