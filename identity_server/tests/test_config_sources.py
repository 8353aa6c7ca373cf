"""Real variables win over `.env`; each name is also read as NAME_FILE."""

from datetime import timedelta
from pathlib import Path

import pytest

from identity_server.config import values
from identity_server.config.faults import Fault
from identity_server.tests.conftest import FERNET_KEY, Load


def env_file(tmp_path: Path, *lines: str) -> str:
    path = tmp_path / "env"
    path.write_text("\n".join(lines))
    return str(path)


def test_a_value_may_stand_in_a_file(tmp_path: Path, configured: Load) -> None:
    secret = tmp_path / "encryption-keys"
    secret.write_text(f"{FERNET_KEY}\n")

    assert configured(ENCRYPTION_KEYS_FILE=str(secret)).encryption_keys == [FERNET_KEY]


def test_a_file_that_cannot_be_read_is_named_by_its_variable(configured: Load) -> None:
    with pytest.raises(Fault, match="SECRET_KEY_FILE names a file that cannot be read: No such file"):
        configured(SECRET_KEY_FILE="/nowhere")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path, configured: Load) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(Fault, match="it is not text"):
        configured(SECRET_KEY_FILE=str(tmp_path / "binary"))


def test_a_value_and_its_file_are_not_both_given(tmp_path: Path, configured: Load) -> None:
    with pytest.raises(Fault, match="PRODUCT_NAME and PRODUCT_NAME_FILE are both given"):
        configured(PRODUCT_NAME="One", PRODUCT_NAME_FILE=str(tmp_path / "name"))


def test_what_the_environment_does_not_give_comes_from_the_env_file(tmp_path: Path, configured: Load) -> None:
    given = configured(ENV_FILE=env_file(tmp_path, "PRODUCT_NAME=From the file", "WEB_WORKERS=3"), WEB_WORKERS="2")

    assert given.given.server.product_name == "From the file"
    assert given.given.server.web_workers == 2


def test_the_env_file_may_name_secret_files(tmp_path: Path, configured: Load) -> None:
    (tmp_path / "name").write_text("From a secret")

    given = configured(ENV_FILE=env_file(tmp_path, f"PRODUCT_NAME_FILE={tmp_path / 'name'}"))

    assert given.given.server.product_name == "From a secret"


def test_a_dollar_in_the_env_file_is_a_dollar(tmp_path: Path, configured: Load) -> None:
    password = "long $HOME ${PATH} enough"
    given = configured(ENV_FILE=env_file(tmp_path, f"ADMIN_PASSWORD='{password}'")).given.accounts.admin_password

    assert given is not None
    assert given.get_secret_value() == password


def test_an_empty_variable_counts_as_not_given(configured: Load) -> None:
    assert configured(REDIS_URL="", PRODUCT_NAME="").given.server.product_name == "Identity Server"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("300ms", timedelta(milliseconds=300)),
        ("90", timedelta(seconds=90)),
        ("1.5 h", timedelta(minutes=90)),
        ("5m", timedelta(minutes=5)),
        ("14d", timedelta(days=14)),
    ],
)
def test_durations_are_numbers_with_units(text: str, meant: timedelta) -> None:
    assert values.duration(text) == meant


@pytest.mark.parametrize("text", ["", "-5m", "5 fortnights", "1h30m", "\u0661m"])
def test_other_words_are_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="must be a duration"):
        values.duration(text)


def test_lists_are_separated_by_commas_or_blanks(configured: Load) -> None:
    given = configured(METRICS_ALLOWED="10.0.0.0/8, 192.0.2.1\n ::1", PUBLIC_URL="http://localhost:8000")

    assert given.given.server.metrics_allowed == ("10.0.0.0/8", "192.0.2.1/32", "::1/128")


def test_an_origin_loses_the_slash_at_its_end(configured: Load) -> None:
    assert configured(PUBLIC_URL="https://id.example.com/").public_url == "https://id.example.com"


@pytest.mark.parametrize(
    ("bind", "url"),
    [
        ("127.0.0.1:8123", "http://127.0.0.1:8123"),
        ("0.0.0.0:8000", "http://localhost:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_embedded_server_is_reached_where_it_is_bound(bind: str, url: str, configured: Load) -> None:
    given = configured(BIND=bind)

    assert given.public_url == url
    assert url.removeprefix("http://").rpartition(":")[0] in given.allowed_hosts
