"""The package alone: what it may lean on."""

import subprocess
import sys
from pathlib import Path

import pytest

ASK = "import identity_client, sys; print(*sorted({'django', 'rest_framework', 'starlette'} & sys.modules.keys()))"


@pytest.mark.live
def test_a_service_without_a_framework_can_use_it() -> None:
    package = Path(__file__).parent.parent

    said = subprocess.run([sys.executable, "-c", ASK], cwd=package, capture_output=True, text=True, check=True)

    assert said.stdout.strip() == ""
