"""Addresses of the journeys floor."""

from django.urls import path

from journeys.canvas.views import live, people
from journeys.views.enrollment import enrollment
from journeys.views.journey import as_yaml, change, detail
from journeys.views.journeys import edit, new
from journeys.views.journeys import listing as journey_list
from journeys.views.reports import reports

app_name = "journeys"
urlpatterns = [
    path("journeys/", journey_list, name="list"),
    path("journeys/new/", new, name="new"),
    path("journeys/<int:pk>/", detail, name="detail"),
    path("journeys/<int:pk>/live/", live, name="live"),
    path("journeys/<int:pk>/people/<slug:node>/", people, name="people"),
    path("journeys/<int:pk>/edit/", edit, name="edit"),
    path("journeys/<int:pk>/journey.yaml", as_yaml, name="yaml"),
    path("journeys/<int:pk>/<slug:verb>/", change, name="change"),
    path("walks/<int:pk>/", enrollment, name="enrollment"),
    path("reports/", reports, name="reports"),
]
