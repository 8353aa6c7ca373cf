"""The tables of roles: what they give, who has them, which exclude each other, who asks for them, who looks after them."""

from rbac.models.assignments import RoleAssignment, RoleAssignmentQuerySet
from rbac.models.expiry import ExpiryWarning
from rbac.models.groups import Group, GroupMembership
from rbac.models.requests import RequestState, RoleRequest, RoleRequestQuerySet
from rbac.models.reviews import (
    AccessReview,
    AccessReviewQuerySet,
    ReviewItem,
    ReviewItemQuerySet,
    Silence,
    Verdict,
)
from rbac.models.roles import Permission, Policy, Role, RoleInheritance, RolePermission
from rbac.models.separation import SeparatedRole, SeparationKind, SeparationOfDuty

__all__ = [
    "AccessReview",
    "AccessReviewQuerySet",
    "ExpiryWarning",
    "Group",
    "GroupMembership",
    "Permission",
    "Policy",
    "RequestState",
    "ReviewItem",
    "ReviewItemQuerySet",
    "Role",
    "RoleAssignment",
    "RoleAssignmentQuerySet",
    "RoleInheritance",
    "RolePermission",
    "RoleRequest",
    "RoleRequestQuerySet",
    "SeparatedRole",
    "SeparationKind",
    "SeparationOfDuty",
    "Silence",
    "Verdict",
]
