"""README's walk, run line by line by a shell against a live server with its worker: what a new user types must work."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import Site

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
SKIPPED = "#: not run by the suite"


def shell_lines() -> str:
    blocks = BLOCK.findall((ROOT / "README.md").read_text())
    return "\n".join(block for block in blocks if SKIPPED not in block)


@pytest.fixture
def fresh_site() -> Iterator[Site]:
    """A server that nobody has used: the walk signs up with an address that must be new."""
    running = Site(JWKS_CACHE="1s")
    try:
        yield running.wait_until_ready()
    finally:
        running.stop()


@pytest.mark.live
@pytest.mark.timeout(180)
def test_the_walk_in_readme_works_as_printed(fresh_site: Site) -> None:
    environment = {"SITE": fresh_site.url, "VAR_DIR": str(fresh_site.var_dir / "var"), "PATH": os.environ["PATH"]}
    script = "set -euo pipefail\n" + shell_lines()

    walked = subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, check=False, timeout=120
    )

    assert walked.returncode == 0, walked.stderr
    told = walked.stdout
    assert len(re.findall(r'"code": ?"token_not_valid"', told)) == 2
    assert re.findall(r"^\d{3}$", told, re.MULTILINE) == ["401", "200", "401", "401"]
    assert re.findall(r'^{"active": ?(true|false)', told, re.MULTILINE) == ["true", "false"]
    assert "verifications that failed: 0" in told
    assert re.findall(r'"decision": ?(true|false)', told) == ["true", "false"]
    assert "accounts.user.email_verified" in told
