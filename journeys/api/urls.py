from django.urls import path

from journeys.api import sends
from journeys.api.drafts import OperationView
from journeys.api.enter import EnterView
from journeys.api.journeys import CheckView, JourneysView, JourneyView
from journeys.api.life import (
    ArchiveView,
    DrainView,
    PauseView,
    PublishView,
    ResumeView,
    StopView,
)
from journeys.api.people import CountsView, EnrollmentView, MoveOnView, PeopleView, TakeOutView
from journeys.api.refusals import RefusalsView
from journeys.api.simulate import ForeseeView, SimulateView

urlpatterns = [
    path("campaigns/<slug:code>/sends", sends.SendsView.as_view(), name="sends"),
    path("sends/<int:pk>", sends.SendView.as_view(), name="send"),
    path("sends/<int:pk>/reach", sends.ReachView.as_view(), name="count_send"),
    path("sends/<int:pk>/start", sends.StartView.as_view(), name="start_send"),
    path("sends/<int:pk>/pause", sends.PauseView.as_view(), name="pause_send"),
    path("sends/<int:pk>/resume", sends.ResumeView.as_view(), name="resume_send"),
    path("sends/<int:pk>/stop", sends.StopView.as_view(), name="stop_send"),
    path("journeys", JourneysView.as_view(), name="journeys"),
    path("journeys/validate", CheckView.as_view(), name="validate_journey"),
    path("journeys/<slug:code>", JourneyView.as_view(), name="journey"),
    path(
        "journeys/<slug:code>/draft/<slug:operation>", OperationView.as_view(), name="edit_journey"
    ),
    path("journeys/<slug:code>/enter", EnterView.as_view(), name="enter_journey"),
    path("journeys/<slug:code>/publish", PublishView.as_view(), name="publish_journey"),
    path("journeys/<slug:code>/simulate", SimulateView.as_view(), name="simulate_journey"),
    path("journeys/<slug:code>/foresee", ForeseeView.as_view(), name="foresee_journey"),
    path("journeys/<slug:code>/pause", PauseView.as_view(), name="pause_journey"),
    path("journeys/<slug:code>/resume", ResumeView.as_view(), name="resume_journey"),
    path("journeys/<slug:code>/drain", DrainView.as_view(), name="drain_journey"),
    path("journeys/<slug:code>/stop", StopView.as_view(), name="stop_journey"),
    path("journeys/<slug:code>/archive", ArchiveView.as_view(), name="archive_journey"),
    path("journeys/<slug:code>/counts", CountsView.as_view(), name="journey_counts"),
    path("journeys/<slug:code>/nodes/<slug:node>/people", PeopleView.as_view(), name="node_people"),
    path(
        "journeys/<slug:code>/nodes/<slug:node>/refusals",
        RefusalsView.as_view(),
        name="node_refusals",
    ),
    path("journeys/<slug:code>/nodes/<slug:node>/move_on", MoveOnView.as_view(), name="move_on"),
    path("journeys/<slug:code>/nodes/<slug:node>/take_out", TakeOutView.as_view(), name="take_out"),
    path("enrollments/<int:id>", EnrollmentView.as_view(), name="enrollment"),
]
