from django.urls import path

from journeys.api.enter import EnterView

urlpatterns = [
    path("journeys/<slug:code>/enter", EnterView.as_view(), name="enter_journey"),
]
