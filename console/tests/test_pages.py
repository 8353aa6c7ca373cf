"""What people without an account see: the front page, and refusals in words."""

import pytest
from django.template.loader import render_to_string
from django.test import Client


def test_the_front_page_leads_to_the_doors(client: Client) -> None:
    page = client.get("/").content.decode()

    for address in ("/admin/", "/api/v1/docs/", "/api/v1/schema/"):
        assert f'href="{address}"' in page


def test_the_front_page_needs_no_database(client: Client) -> None:
    assert client.get("/").status_code == 200
    assert client.head("/").status_code == 200


def test_the_front_page_takes_nothing(client: Client) -> None:
    assert client.post("/").status_code == 405


def test_the_front_page_allows_no_script_and_no_frame(client: Client) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]

    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("template", ["400", "403", "403_csrf", "404", "500"])
def test_a_refusal_has_words_of_its_own(template: str) -> None:
    assert "<h1>" in render_to_string(f"{template}.html")


def test_a_missing_page_is_told_to_people_in_html(client: Client) -> None:
    answer = client.get("/nowhere/")

    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_browsers_that_look_for_an_icon_find_ours(client: Client) -> None:
    assert client.get("/favicon.ico").headers["Location"].endswith("console/icon.svg")
