"""The Content-Security-Policy: strict everywhere, looser only where the admin site's and the docs page's scripts need it."""

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponseBase

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
    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        loosened = next((rules for path, rules in LOOSENED.items() if request.path.startswith(path)), None)
        if loosened and not report_only:
            parts.replace = {**loosened, **(parts.replace or {})}
        return parts
