"""The files that deploy the server: what a reader of them relies on, without a container to try it in."""

import re
import subprocess
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.fernet import Fernet

from identity_server.config.groups import GROUPS
from identity_server.supervisor.server import NAMES

ROOT = Path(__file__).resolve().parents[2]
OURS = (*NAMES, "setup")
KEEPING = ("postgres", "redis", "rabbitmq")
PIN = re.compile(r"^[A-Za-z0-9_.-]+(\[[a-z,]+\])?==[0-9][0-9A-Za-z.]*\s+# \S.*$")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def test_there_is_one_service_for_each_role_and_each_dependency(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {*OURS, *KEEPING, "proxy"}


@pytest.mark.parametrize("role", NAMES)
def test_each_role_waits_for_the_setup_and_for_healthy_services(compose: dict[str, Any], role: str) -> None:
    waits = {name: wait["condition"] for name, wait in compose["services"][role]["depends_on"].items()}

    assert waits == {
        "setup": "service_completed_successfully",
        "redis": "service_healthy",
        "rabbitmq": "service_healthy",
    }


@pytest.mark.parametrize("role", NAMES)
def test_each_role_runs_its_part_and_leaves_the_setup_to_one(compose: dict[str, Any], role: str) -> None:
    assert compose["services"][role]["command"] == ["python", "manage.py", "up", role, "--no-setup"]


@pytest.mark.parametrize("service", KEEPING)
def test_what_others_wait_for_has_a_health_check_and_a_volume(compose: dict[str, Any], service: str) -> None:
    described = compose["services"][service]

    assert described["healthcheck"]["test"]
    assert described["volumes"][0].partition(":")[0] in compose["volumes"]


@pytest.mark.parametrize("service", [*OURS, "proxy"])
def test_our_containers_can_write_nowhere_and_gain_nothing(compose: dict[str, Any], service: str) -> None:
    described = compose["services"][service]

    assert (described["read_only"], described["cap_drop"]) == (True, ["ALL"])
    assert described["security_opt"] == ["no-new-privileges:true"]


def test_one_port_is_published_and_it_is_the_proxys(compose: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}

    assert published == {"proxy": ["127.0.0.1:${PORT:-8000}:8000"]}


def test_the_proxy_has_an_address_that_the_nodes_believe_and_nobody_else_is_given(compose: dict[str, Any]) -> None:
    address = ip_address(compose["services"]["proxy"]["networks"]["default"]["ipv4_address"])
    network = compose["networks"]["default"]["ipam"]["config"][0]

    believed = compose["services"]["web"]["environment"]["TRUSTED_PROXIES"].split(",")
    assert believed == [str(address), f"${{TRUSTED_PROXIES:-{network['gateway']}}}"]
    assert address in ip_network(network["subnet"])
    assert address not in ip_network(network["ip_range"])


def test_who_signs_in_gets_less_of_the_processor_and_is_asked_for_its_health(compose: dict[str, Any]) -> None:
    sign_in = compose["services"]["sign-in"]

    assert sign_in["cpu_shares"] < 1024
    assert "http://127.0.0.1:8001/healthz" in sign_in["healthcheck"]["test"][-1]


def test_every_secret_is_a_file_and_none_has_a_value(compose: dict[str, Any]) -> None:
    named = {name for service in compose["services"].values() for name in service.get("environment", {})}
    secretive = {name for name in named if re.search("PASSWORD|SECRET|KEY|DATABASE_URL|REDIS_URL|BROKER_URL", name)}

    assert {name for name in secretive if not name.endswith("_FILE")} == set()
    assert all(set(secret) == {"file"} for secret in compose["secrets"].values())


def test_every_variable_of_ours_is_one_that_the_server_knows(compose: dict[str, Any]) -> None:
    known = {field.upper() for group in GROUPS for field in group.model_fields}
    given = {name.removesuffix("_FILE") for name in compose["services"]["web"]["environment"]}

    assert given <= known


def test_the_secrets_are_made_once_and_differ_everywhere(compose: dict[str, Any], tmp_path: Path) -> None:
    script = tmp_path / "deploy" / "make-secrets"
    script.parent.mkdir()
    script.write_bytes((ROOT / "deploy" / "make-secrets").read_bytes())

    made = [_secrets_after(script) for _ in range(2)]

    assert made[0] == made[1]
    assert {Path(secret["file"]).name for secret in compose["secrets"].values()} <= made[0].keys()
    assert len(set(made[0].values())) == len(made[0])
    assert Fernet(made[0]["encryption_keys"].strip()).encrypt(b"") != b""
    assert len(made[0]["secret_key"]) >= 50
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def _secrets_after(script: Path) -> dict[str, str]:
    subprocess.run(["sh", script], check=True, capture_output=True)
    return {path.name: path.read_text() for path in (script.parents[1] / "secrets").iterdir()}


def test_the_image_runs_as_nobody_in_particular_and_tells_its_health() -> None:
    steps = (ROOT / "Dockerfile").read_text()

    assert re.search(r"^USER 10001$", steps, re.MULTILINE)
    assert "HEALTHCHECK" in steps
    assert steps.count("\nFROM ") == 2  # pip and its cache stay behind in the first


@pytest.mark.parametrize("name", ["var", "secrets", ".*"])
def test_no_secret_of_this_machine_gets_into_the_image(name: str) -> None:
    assert name in (ROOT / ".dockerignore").read_text().splitlines()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_and_has_its_reason(name: str) -> None:
    lines = [line for line in (ROOT / name).read_text().splitlines() if not line.startswith(("#", "-r "))]

    assert [line for line in lines if not PIN.match(line)] == []
