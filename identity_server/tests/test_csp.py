"""What pages may load: strict, looser only where it must be."""

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from identity_server.csp import ContentSecurityPolicy

Rules = dict[str, str]


def rules_of(path: str) -> Rules:
    answer = ContentSecurityPolicy(HttpResponse).process_response(RequestFactory().get(path), HttpResponse())
    rules = (rule.partition(" ") for rule in answer.headers["Content-Security-Policy"].split("; "))
    return {name: sources for name, _, sources in rules}


@pytest.mark.parametrize("path", ["/", "/account/verify-email", "/api/v1/users/", "/adminer", "/static/x.js"])
def test_pages_run_and_show_only_what_is_ours(path: str) -> None:
    rules = rules_of(path)

    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["img-src"] == "'self'"


@pytest.mark.parametrize("path", ["/", "/admin/", "/api/v1/docs/"])
def test_no_page_is_framed_or_sends_its_forms_elsewhere(path: str) -> None:
    rules = rules_of(path)

    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert rules["form-action"] == "'self'"


@pytest.mark.parametrize("path", ["/", "/admin/", "/admin/login/", "/api/v1/docs/"])
def test_no_page_runs_inline_scripts(path: str) -> None:
    assert "unsafe-inline" not in rules_of(path)["script-src"]


def test_the_admin_site_may_compile_its_expressions_and_set_styles() -> None:
    rules = rules_of("/admin/accounts/user/")

    assert rules["script-src"] == "'self' 'unsafe-eval'"
    assert rules["style-src"] == "'self' 'unsafe-inline'"


def test_the_docs_page_may_set_styles_but_not_compile() -> None:
    rules = rules_of("/api/v1/docs/")

    assert rules["script-src"] == "'self'"
    assert rules["style-src"] == "'self' 'unsafe-inline'"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/admin/login/", "/api/v1/docs/"])
def test_these_pages_hold_no_inline_script(path: str, client: Client) -> None:
    page = client.get(path).content.decode()

    assert "<script>" not in page
    assert "javascript:" not in page
