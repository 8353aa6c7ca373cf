"""Below /api/v1/."""

from django.urls import path

from events.api import views

urlpatterns = [
    path("events/", views.EventList.as_view(), name="event-list"),
    path("events/<uuid:event_id>/", views.EventDetail.as_view(), name="event-detail"),
]
