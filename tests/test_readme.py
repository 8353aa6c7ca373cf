"""README's walk, run line by line by a shell against a live server with its worker: what a new user types must work."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
SKIPPED = "#: not run by the suite"


def shell_lines() -> str:
    blocks = BLOCK.findall((ROOT / "README.md").read_text())
    return "\n".join(block for block in blocks if SKIPPED not in block)
