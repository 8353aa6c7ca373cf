import pytest

from tokens import devices

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (CHROME, "Chrome on Linux"),
        (f"{CHROME} Edg/126.0.0.0", "Edge on Linux"),
        (f"{CHROME} OPR/112.0.0.0", "Opera on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605 Version/17.5 Safari/605", "Safari on macOS"),
        (IPHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0 Mobile", "Chrome on Android"),
        ("curl/8.8.0", "curl"),
        ("python-requests/2.32.3", "python-requests"),
        ("Acme Sync/1.0 (Windows)", "Windows"),
        ("", ""),
        ("<script>alert(1)</script>", ""),
        ("x" * 10_000, "x" * 61),
    ],
)
def test_a_device_gets_a_name_that_its_owner_knows(user_agent: str, name: str) -> None:
    assert devices.name_of(user_agent) == name
