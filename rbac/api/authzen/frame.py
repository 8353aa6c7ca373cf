"""What every endpoint of AuthZEN shares: its errors, and who may ask about whom."""

from collections.abc import Callable, Mapping
from typing import Any

from rest_framework.response import Response

from common.http import problems
from common.http.permissions import SELF
from common.http.views import ApiView

WRONG_TYPE = 415


def error_form(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The standard's errors: the status, and as the body a message, which we give as a JSON string."""
    refusal = problems.exception_handler(error, context)
    if refusal is not None:
        refusal.data, refusal.content_type = refusal.data["detail"], "application/json"
        # The standard knows 415 as little as its certification does: a body that is not JSON is a bad request.
        refusal.status_code = 400 if refusal.status_code == WRONG_TYPE else refusal.status_code
    return refusal


class AuthZenView(ApiView):
    """Anybody may ask about herself; to ask about others takes `decision:evaluate`."""

    needs = {"POST": SELF}
    open_to_keys = True

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return error_form
