"""What staff do to selected rows: each action names its permission and is asked for every object that it is about to touch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core import checks
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.checks import UnfoldModelAdminChecks

from common.admin_lists import BoundedLists
from common.admin_places import holds
from common.errors import DomainError, NotFound

Action = Callable[[Any, HttpRequest, "QuerySet[Any]"], HttpResponse | None]

FROM_ITS_PAGE = "_from_its_page"  # sent by the buttons on an object's own page
_contributed: dict[str, list[Action]] = defaultdict(list)


def contribute_action(model_label: str, action: Action) -> None:
    """Lets an upper app add an action ("assign role") to the pages of a lower one's model ("accounts.User").

    `action(page, request, rows)` is decorated with `@admin.action(description=…, permissions=[…])`.
    """
    _contributed[model_label.lower()].append(action)


class ActionChecks(UnfoldModelAdminChecks):  # type: ignore[misc]  # unfold has no types
    def _check_actions(self, page: GuardedActions) -> list[checks.CheckMessage]:
        # Django wants a has_…_permission() method for each permission (E129); `holds` answers for any.
        known = [error for error in super()._check_actions(page) if error.id != "admin.E129"]
        return known + [
            checks.Error(f"The action {name} of {page} names no permissions.", obj=page.__class__, id="common.E001")
            for action, name, _ in page._get_base_actions()  # noqa: SLF001  as Django's own check does
            if not getattr(action, "allowed_permissions", ())
        ]


class GuardedActions(BoundedLists):
    """`sweeping` actions may be run on all that the filters of the list match, however many: their services look at each
    object themselves, and at what they lock meanwhile, so that no transaction is put around them.
    """

    checks_class = ActionChecks
    sweeping: ClassVar[frozenset[str]] = frozenset()

    def holds(self, request: HttpRequest, action: str, obj: Any = None) -> bool:
        # unfold asks with an id where Django asks with the object.
        found = self.get_object(request, obj) if isinstance(obj, str) else obj
        return holds(request, self.model, action, found)

    def offers(self, request: HttpRequest, action: Any, obj: Any = None) -> bool:
        return any(self.holds(request, needed, obj) for needed in getattr(action, "allowed_permissions", ()))

    def _get_base_actions(self) -> list[Any]:
        contributed = _contributed[self.opts.label_lower]
        return [*super()._get_base_actions(), *(self.get_action(action) for action in contributed)]  # type: ignore[misc]  # not in the stubs

    def _filter_actions_by_permissions(self, request: HttpRequest, actions: list[Any]) -> list[Any]:
        return [entry for entry in actions if self.offers(request, entry[0])]

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:  # type: ignore[override]  # stubs of a later Django
        try:
            if self.sweeps(request):
                return super().response_action(request, queryset)
            self._refuse_what_is_out_of_reach(request)
            with transaction.atomic():
                return self._back(request, super().response_action(request, queryset))
        except DomainError as refusal:
            self.message_user(request, refusal.detail, messages.ERROR)
        return self._back(request, HttpResponseRedirect(request.get_full_path()))

    def sweeps(self, request: HttpRequest) -> bool:
        """Whether all that match are meant, and not only those that were ticked."""
        chosen = {name for name in request.POST.getlist("action") if name}
        return request.POST.get("select_across", "0") != "0" and bool(chosen) and chosen <= self.sweeping

    def _refuse_what_is_out_of_reach(self, request: HttpRequest) -> None:
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if request.POST.get("select_across", "0") != "0" or len(chosen) > self.list_per_page:
            raise PermissionDenied
        actions: dict[str, Any] = self.get_actions(request)
        name = request.POST.get("action", "")
        for object_id in chosen if name in actions else ():
            obj = self.get_object(request, object_id)
            if obj is None:
                raise NotFound("What was selected does not exist.")
            if not self.offers(request, actions[name][0], obj):
                raise PermissionDenied

    def _back(self, request: HttpRequest, answer: HttpResponse | None) -> HttpResponse | None:
        """To the object's page, if its button there was pressed and the action shows no page of its own."""
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if FROM_ITS_PAGE not in request.POST or len(chosen) != 1 or not isinstance(answer, HttpResponseRedirect):
            return answer
        if answer.url != request.get_full_path():
            return answer
        return HttpResponseRedirect(self.page_of(chosen[0]))

    def page_of(self, object_id: str) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[object_id])

    def applies(self, action: str, obj: Any) -> bool:
        """Whether an action's button makes sense on the page of this object, as it is now. What is allowed is asked elsewhere."""
        return True

    def buttons(self, request: HttpRequest, obj: Any) -> list[dict[str, str]]:
        """The actions as buttons for the page of one object: POST forms, because a link must change nothing."""
        actions: dict[str, Any] = self.get_actions(request)
        return [
            {"name": name, "label": str(description)}
            for name, (action, _, description) in actions.items()
            if name != "delete_selected" and self.applies(name, obj) and self.offers(request, action, obj)
        ]
