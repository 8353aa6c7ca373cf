"""JSON as RFC 8259 and nothing more, refused in words before it can hurt. Pure."""

import json
import math
from collections.abc import Iterable
from typing import Any, NoReturn

from common import text

SMALLEST, LARGEST = -(2**63), 2**63 - 1
MOST_DIGITS = len(str(SMALLEST))


class Malformed(ValueError):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


def loads(body: bytes, *, depth_limit: int) -> Any:
    """The value that `body` spells; `Malformed` where it is not UTF-8, not JSON, too deep, or not storable."""
    try:
        spelled = body.decode("utf-8")
        value = json.loads(
            spelled,
            object_pairs_hook=_each_name_once,
            parse_int=_whole,
            parse_float=_finite,
            parse_constant=_no_constant,
        )
    except UnicodeDecodeError:
        raise Malformed("invalid_utf8", "The body is not valid UTF-8.") from None
    except json.JSONDecodeError as error:
        raise Malformed("malformed_json", f"The body is not valid JSON: {error.msg} at {error.pos}.") from None
    except RecursionError:
        # The parser gives up at the interpreter's own limit, long before its stack or the time matters.
        raise _too_deep(depth_limit) from None
    _refuse_depth(value, depth_limit)
    # Only an escape can bring them in: UTF-8 spells no lone surrogate, and JSON no bare control character.
    if r"\u" in spelled:
        _refuse_unstorable(value)
    return value


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        # Two readers may believe different ones, and each check the one that the other does not use.
        raise Malformed("duplicate_key", "An object names a key twice.")
    return found


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS or not SMALLEST <= (number := int(digits)) <= LARGEST:
        raise Malformed("number_out_of_range", "A number does not fit into 64 bits.")
    return number


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise Malformed("number_out_of_range", "A number is too large.")
    return number


def _no_constant(name: str) -> NoReturn:
    raise Malformed("malformed_json", f"The body is not valid JSON: {name} is not a number.")


def _refuse_depth(value: Any, limit: int) -> None:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(limit):
        level = [inner for outer in level for inner in _inside(outer) if isinstance(inner, dict | list)]
        if not level:
            return
    if level:
        raise _too_deep(limit)


def _refuse_unstorable(value: Any) -> None:
    waiting = [value]
    while waiting:
        said = waiting.pop()
        if isinstance(said, str):
            if flaw := text.unstorable(said):
                raise Malformed("invalid_character", f"The body contains {flaw}.")
        elif isinstance(said, dict):
            waiting += [*said.keys(), *said.values()]
        elif isinstance(said, list):
            waiting += said


def _inside(container: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return container.values() if isinstance(container, dict) else container


def _too_deep(depth_limit: int) -> Malformed:
    return Malformed("too_deep", f"The body is nested deeper than {depth_limit} levels.")
