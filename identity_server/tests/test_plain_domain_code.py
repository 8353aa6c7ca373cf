"""What import-linter cannot see, since it takes Django for one module: services and selectors know nothing of requests."""

import ast
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLAIN = sorted(chain(ROOT.glob("*/services/*.py"), ROOT.glob("*/selectors.py")))
WEB = ("django.http", "django.shortcuts", "django.views", "django.urls")


def imported_by(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_changes_and_what_answers_know_no_requests(path: Path) -> None:
    assert [name for name in imported_by(path) if name.startswith(WEB)] == []
