"""The staff site: unfold's, less what it answers carelessly, plus the overview."""

from typing import TYPE_CHECKING, Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone
from unfold.sites import UnfoldAdminSite

from common.admin import HouseAdmin
from console import overview, own_roles, palette, password

if TYPE_CHECKING:
    _Site = AdminSite  # unfold has no types; what it builds on has
else:
    _Site = UnfoldAdminSite


class StaffSite(_Site):
    index_title = "Overview"
    index_template = "console/overview.html"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only pages that ask and act as ours do; those which other packages bring (Django's groups, beat's) are left out."""
        if admin_class is not None and issubclass(admin_class, HouseAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        # That one leads to objects' public pages, of which there are none, and fails on ids that are no numbers.
        urls = [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]
        # Before the rest, which ends with what takes every other address.
        return [path("roles-in-use/", self.admin_view(self.roles_in_use), name="roles_in_use"), *urls]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        shown = overview.context(request, at=timezone.now())
        return super().index(request, {**shown, **(extra_context or {})})

    def search(self, request: HttpRequest) -> HttpResponse:
        """What the command palette asks. unfold's own trusts `?page=` to be a number and keeps answers past their rights."""
        found = palette.found(request, self)
        context = {"results": found, "page_obj": found.paginator, "page_counter": 0, "execution_time": 0}
        return TemplateResponse(
            request, "unfold/helpers/command_results.html", context, headers={"HX-Trigger": "search"}
        )

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        context = {**self.each_context(request), **(extra_context or {})}
        view = password.OwnPassword.as_view(success_url=reverse("admin:password_change_done"), extra_context=context)
        return view(request)

    def roles_in_use(self, request: HttpRequest) -> HttpResponse:
        return own_roles.page(self, request)
