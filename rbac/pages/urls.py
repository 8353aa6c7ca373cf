"""Below `/`: where the links in mails lead."""

from django.urls import path

from rbac.pages import views

urlpatterns = [path("access/extend", views.ExtendRole.as_view(), name="extend-role-page")]
