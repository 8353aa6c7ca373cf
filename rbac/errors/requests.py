"""Refusals about roles that are asked for, or taken in an emergency."""

from common.errors import Conflict, Invalid, PermissionRefused


class AlreadyRequested(Conflict):
    code = "already_requested"
    title = "You have asked for this role at this scope already"


class TooManyRequested(Conflict):
    code = "too_many_requested"
    title = "Too many of your requests wait for an answer"


class AlreadyDecided(Conflict):
    code = "already_decided"
    title = "This has been decided already"


class RequesterInactive(Conflict):
    code = "requester_inactive"
    title = "The account of whoever asked is deactivated"


class NotExtensible(Conflict):
    code = "not_extensible"
    title = "This assignment cannot be extended"


class OwnRequest(PermissionRefused):
    code = "own_request"
    title = "Somebody else has to decide what you asked for"


class NotYourRequest(PermissionRefused):
    code = "not_your_request"
    title = "Only whoever asked may withdraw a request"


class LaterThanAsked(Invalid):
    code = "later_than_asked"
    title = "An approval ends no later than was asked"


class NotAnEmergencyRole(PermissionRefused):
    code = "not_an_emergency_role"
    title = "This role cannot be taken in an emergency"


class ReauthenticationRequired(PermissionRefused):
    code = "reauthentication_required"
    title = "Sign in once more, and try again at once"


class MissingThere(PermissionRefused):
    """Names what is missing and where, so that the one who is refused knows what to ask for."""

    def __init__(self, permission: str, scope: str) -> None:
        super().__init__(f"You need the permission {permission} at {scope}.")
        self.members = {"permission": permission, "scope": scope}
