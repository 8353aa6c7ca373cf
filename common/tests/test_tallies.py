"""What a process counts for itself, and when it tells the others."""

from collections.abc import Mapping

from common.tallies import MOST, TELL_SECONDS, Tallies

LIMIT = 100


class Everybody:
    """What all processes have told; `asked` are the times that one did."""

    def __init__(self) -> None:
        self.counted: dict[str, int] = {}
        self.asked: list[dict[str, int]] = []

    def tell(self, news: Mapping[str, int]) -> list[int]:
        self.asked.append(dict(news))
        for name, more in news.items():
            self.counted[name] = self.counted.get(name, 0) + more
        return [self.counted[name] for name in news]


def test_far_from_its_limit_a_process_counts_alone() -> None:
    everybody, mine = Everybody(), Tallies()

    assert [mine.count({"alice": LIMIT}, everybody.tell, now=0) for _ in range(4)] == [[1], [2], [3], [4]]
    assert everybody.asked == [{"alice": 1}]


def test_what_it_has_counted_is_told_after_a_while() -> None:
    everybody, mine = Everybody(), Tallies()
    for _ in range(4):
        mine.count({"alice": LIMIT}, everybody.tell, now=0)

    assert mine.count({"alice": LIMIT}, everybody.tell, now=2 * TELL_SECONDS) == [5]
    assert everybody.asked == [{"alice": 1}, {"alice": 4}]


def test_near_the_limit_each_one_is_told() -> None:
    everybody, mine = Everybody(), Tallies()

    found = [mine.count({"alice": 4}, everybody.tell, now=0)[0] for _ in range(6)]

    assert found == [1, 2, 3, 4, 5, 6]
    assert everybody.asked == [{"alice": 1}, {"alice": 2}, *[{"alice": 1}] * 3]


def test_what_others_counted_is_heard_with_the_next_question() -> None:
    everybody, mine, theirs = Everybody(), Tallies(), Tallies()
    for _ in range(60):
        theirs.count({"alice": LIMIT}, everybody.tell, now=0)

    assert mine.count({"alice": LIMIT}, everybody.tell, now=0) == [61]
    assert mine.count({"alice": LIMIT}, everybody.tell, now=0) == [62]


def test_each_name_is_counted_for_itself() -> None:
    everybody, mine = Everybody(), Tallies()
    mine.count({"alice": LIMIT}, everybody.tell, now=0)

    assert mine.count({"alice": LIMIT, "bob": LIMIT}, everybody.tell, now=0) == [2, 1]


def test_it_does_not_grow_without_end() -> None:
    everybody, mine = Everybody(), Tallies()

    for number in range(MOST + 2):
        mine.count({f"stranger-{number}": LIMIT}, everybody.tell, now=0)

    assert len(mine._tallies) <= 2
