"""Django's middleware for pages, which steps aside for programs: they bear a token, so no cookie of theirs is read or written."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponseForbidden
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.functional import SimpleLazyObject

from common.http import chosen_roles
from common.http.programs import is_for_programs


class ForPages:
    """Comes before the middleware that it is mixed into."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        if is_for_programs(request):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]  # of the middleware behind


class Sessions(ForPages, SessionMiddleware):
    pass


class Csrf(ForPages, CsrfViewMiddleware):
    def process_view(
        self,
        request: HttpRequest,
        callback: Callable[..., Any],
        callback_args: tuple[Any, ...],
        callback_kwargs: dict[str, Any],
    ) -> HttpResponseForbidden | None:
        if is_for_programs(request):
            return None
        return super().process_view(request, callback, callback_args, callback_kwargs)


class SignedIn(ForPages, AuthenticationMiddleware):
    """Who is signed in, held to the roles that she has chosen for this session."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(partial(_signed_in, request))  # type: ignore[assignment]  # it passes for one


def _signed_in(request: HttpRequest) -> Any:
    user: Any = get_user(request)
    # Only now: where her cookie was good for nothing any more, Django has emptied the session.
    user.session_roles = chosen_roles.kept(request)
    return user


class Messages(ForPages, MessageMiddleware):
    pass


class Frames(ForPages, XFrameOptionsMiddleware):
    pass
