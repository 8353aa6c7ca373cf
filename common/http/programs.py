"""Which paths programs speak to. They bear tokens and read problems; everything else is looked at by people, in browsers."""

from django.http import HttpRequest

# Not all of /oauth2/: its authorize page is for people, who have a session there.
SPOKEN_BY_PROGRAMS = ("/api/", "/oauth2/token", "/access/", "/scim/", "/.well-known/")


def is_for_programs(request: HttpRequest) -> bool:
    return request.path.startswith(SPOKEN_BY_PROGRAMS)
