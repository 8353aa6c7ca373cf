"""Refusals about reviews of access."""

from common.errors import Conflict, Invalid, PermissionRefused


class InvalidDeadline(Invalid):
    code = "invalid_deadline"
    title = "A review is due in the future, within two years"


class ReviewTooLarge(Invalid):
    code = "review_too_large"
    title = "A review of so many assignments would never be read"


class ReviewClosed(Conflict):
    code = "review_closed"
    title = "This review is over"


class OwnAssignment(PermissionRefused):
    code = "own_assignment"
    title = "Somebody else has to judge what you hold"


class NotYoursToReview(PermissionRefused):
    code = "not_yours_to_review"
    title = "Only its reviewer, or whoever may end the assignment, decides on it"
