"""Where the small API of the tests lies."""

from django.urls import URLPattern, URLResolver, path

from common.tests.http import views

handler400 = "common.http.problems.bad_request"
handler403 = "common.http.problems.permission_denied"
handler404 = "common.http.problems.page_not_found"
handler500 = "common.http.problems.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/echo/", views.Echo.as_view()),
    path("api/v1/notes/", views.Notes.as_view()),
    path("api/v1/notes/<str:note>/", views.OneNote.as_view()),
    path("api/v1/hurried/", views.Hurried.as_view()),
    path("api/v1/tasks/", views.Tasks.as_view()),
    path("api/v1/failing/<str:how>/", views.Failing.as_view()),
    path("api/v1/plain/<str:how>/", views.failing_page),
    path("pages/<str:how>/", views.failing_page),
]
