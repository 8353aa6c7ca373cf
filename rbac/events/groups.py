"""Groups made, changed and deleted, who is in them, and who tried what she may not."""

from dataclasses import dataclass
from uuid import UUID

from events.bus import DomainEvent


@dataclass(frozen=True, kw_only=True)
class GroupEvent(DomainEvent):
    subject_type = "group"
    name: str


@dataclass(frozen=True, kw_only=True)
class GroupCreated(GroupEvent):
    kind = "rbac.group.created"
    scope: str


@dataclass(frozen=True, kw_only=True)
class GroupUpdated(GroupEvent):
    """`changed` names the fields; `scope` is where the group is at home from now on."""

    kind = "rbac.group.updated"
    changed: list[str]
    scope: str


@dataclass(frozen=True, kw_only=True)
class GroupDeleted(GroupEvent):
    """What it held has ended before, with a fact for each; who was in it is no more."""

    kind = "rbac.group.deleted"


@dataclass(frozen=True, kw_only=True)
class GroupMemberAdded(GroupEvent):
    kind = "rbac.group.member_added"
    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class GroupMemberRemoved(GroupEvent):
    kind = "rbac.group.member_removed"
    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class GroupChangeRefused(GroupEvent):
    """Somebody tried to give or take, by way of a group, what she does not hold herself."""

    kind = "rbac.group.refused"
    attempted: str
    user_id: UUID | None
    missing: list[str]
