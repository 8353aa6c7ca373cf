"""Refusals about groups and who is in them."""

from common.errors import Conflict, Invalid


class InvalidGroupName(Invalid):
    code = "invalid_group_name"
    title = "A group is named in lower case with dashes"


class GroupExists(Conflict):
    code = "group_exists"
    title = "There is a group of this name"


class AlreadyMember(Conflict):
    code = "already_member"
    title = "She is in the group already"
