"""Pages of what has a name that never changes, and is deleted one at a time: "deleted 3" would hide that one was refused."""

from typing import Any

from django.http import HttpRequest

from common.admin import MarkedRefusals


class SingleDeletes(MarkedRefusals):
    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {name: entry for name, entry in super().get_actions(request).items() if name != "delete_selected"}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if not self.is_written(request, obj):
            return (*self.get_fields(request, obj),)
        return ("name",) if obj else ()

    def is_written(self, request: HttpRequest, obj: Any) -> bool:
        """Whether the page is a form for who asks."""
        return self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
