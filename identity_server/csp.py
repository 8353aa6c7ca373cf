"""The Content-Security-Policy: strict everywhere, looser only where the admin site's and the docs page's scripts need it."""

from functools import cache
from typing import Any

from csp.constants import HEADER, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from csp.utils import build_policy
from django.http import HttpRequest, HttpResponseBase

from common.http.programs import is_for_programs

STRICT: dict[str, list[str]] = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF],
    "font-src": [SELF],
    "connect-src": [SELF],
    "manifest-src": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
}
# Unfold's Alpine compiles the expressions in its attributes, and both set styles on elements as they go.
ADMIN = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE], "img-src": [SELF, "data:"]}
DOCS = {"style-src": [SELF, UNSAFE_INLINE], "img-src": [SELF, "data:"]}
LOOSENED = {"/admin/": ADMIN, "/api/v1/docs/": DOCS}


class ContentSecurityPolicy(CSPMiddleware):
    def __call__(self, request: HttpRequest) -> Any:
        if not is_for_programs(request) or _loosened(request.path):
            return super().__call__(request)
        # No answer of the API has a word to say in its policy.
        response: Any = self.get_response(request)
        response.headers.setdefault(HEADER, _strict())
        return response

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        loosened = _loosened(request.path)
        if loosened and not report_only:
            parts.replace = {**loosened, **(parts.replace or {})}
        return parts


def _loosened(path: str) -> dict[str, list[str]] | None:
    return next((rules for prefix, rules in LOOSENED.items() if path.startswith(prefix)), None)


@cache
def _strict() -> str:
    return build_policy()
