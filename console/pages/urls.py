from django.urls import path

from console.pages import views

urlpatterns = [
    path("", views.Front.as_view(), name="front"),
    path("favicon.ico", views.Icon.as_view(), name="favicon"),
]
