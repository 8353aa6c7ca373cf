"""What staff fill in, one module for each subject."""

from rbac.forms.assignments import AssignmentForm, AssignRoleForm
from rbac.forms.explaining import ExplainForm
from rbac.forms.groups import GroupForm, MembersForm
from rbac.forms.permissions import PermissionForm
from rbac.forms.roles import RoleForm
from rbac.forms.separations import SeparationForm

__all__ = [
    "AssignRoleForm",
    "AssignmentForm",
    "ExplainForm",
    "GroupForm",
    "MembersForm",
    "PermissionForm",
    "RoleForm",
    "SeparationForm",
]
