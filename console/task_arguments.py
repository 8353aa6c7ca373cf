"""What may be told of a task: the names of its arguments and the class of its failure, never their values. Pure."""

import ast
import json
from datetime import datetime
from typing import Any


def names(stored: str | None) -> list[str]:
    """The names in what django-celery-results keeps of keyword arguments: JSON of a string that shows a dict."""
    found = _parsed(stored)
    return [str(name) for name in found] if isinstance(found, dict) else []


def failure(stored: str | None) -> str:
    """The class of the exception; its words may quote what was being worked on."""
    found = _parsed(stored)
    return str(found.get("exc_type", "unknown")) if isinstance(found, dict) else "unknown"


def seconds_between(started: datetime | None, done: datetime | None) -> float | None:
    return (done - started).total_seconds() if started and done else None


def _parsed(stored: str | None) -> Any:
    found: Any = stored
    for parse in (json.loads, json.loads, ast.literal_eval):
        if not isinstance(found, str):
            break
        found = _tried(parse, found)
    return found


def _tried(parse: Any, text: str) -> Any:
    try:
        return parse(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return text
