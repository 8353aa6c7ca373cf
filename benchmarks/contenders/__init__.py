"""Who decides: each in a process of its own, with the same data, asked the same questions. The last line tells what was found."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from benchmarks.company import Sizes


def words(sizes: Sizes) -> str:
    """For the command line of a contender."""
    return json.dumps(asdict(sizes))


def sizes() -> Sizes:
    """From the command line."""
    told: dict[str, Any] = json.loads(sys.argv[-1])
    return Sizes(**told)


def tell(found: Mapping[str, object]) -> None:
    print(json.dumps(found))


def heard(said: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found
