"""Addresses of the journeys floor."""

from django.urls import path

from journeys.canvas.views import live, people
from journeys.views import subscriptions
from journeys.views.editing import choices, rule, versions
from journeys.views.editor import clip, editor, operate, panel, settings
from journeys.views.engine import engine, set_keep
from journeys.views.enrollment import enrollment
from journeys.views.experiment import experiment
from journeys.views.experiment import keep as keep_arm
from journeys.views.foresight import foresight, foretell
from journeys.views.journey import as_svg, as_yaml, change, detail
from journeys.views.journeys import edit, new_written
from journeys.views.journeys import listing as journey_list
from journeys.views.life import attention, mend, resuming, window
from journeys.views.new import new
from journeys.views.people import export, keep, move, turn_move
from journeys.views.publishing import effect, publishing
from journeys.views.refusals import refusals
from journeys.views.reports import reports
from journeys.views.send_edit import edit as edit_send
from journeys.views.send_edit import new as new_send
from journeys.views.sends import change as change_send
from journeys.views.sends import count as count_send
from journeys.views.sends import detail as send
from journeys.views.sends import start as start_send
from journeys.views.simulation import candidates, play, simulation

app_name = "journeys"
urlpatterns = [
    path("journeys/", journey_list, name="list"),
    path("journeys/new/", new, name="new"),
    path("journeys/new/text/", new_written, name="new_written"),
    path("journeys/<int:pk>/", detail, name="detail"),
    path("journeys/<int:pk>/live/", live, name="live"),
    path("journeys/<int:pk>/people/<slug:node>/", people, name="people"),
    path("journeys/<int:pk>/people/<slug:node>/export/", export, name="people_export"),
    path("journeys/<int:pk>/people/<slug:node>/list/", keep, name="people_keep"),
    path("journeys/<int:pk>/people/<slug:node>/<slug:verb>/", move, name="people_move"),
    path("journeys/<int:pk>/gate/<slug:node>/", refusals, name="refusals"),
    path("journeys/<int:pk>/moves/<int:move_pk>/<slug:verb>/", turn_move, name="turn_move"),
    path("journeys/<int:pk>/publish/", publishing, name="publish"),
    path("journeys/<int:pk>/publish/effect/", effect, name="publish_effect"),
    path("journeys/<int:pk>/resume/", resuming, name="resume"),
    path("journeys/<int:pk>/time/", window, name="window"),
    path("journeys/<int:pk>/attention/", attention, name="attention"),
    path("journeys/<int:pk>/attention/mend/", mend, name="mend"),
    path("journeys/<int:pk>/experiments/<str:slug>/", experiment, name="experiment"),
    path("journeys/<int:pk>/experiments/<str:slug>/list/", keep_arm, name="experiment_keep"),
    path("journeys/<int:pk>/edit/", editor, name="edit"),
    path("journeys/<int:pk>/edit/panel/", panel, name="panel"),
    path("journeys/<int:pk>/edit/settings/", settings, name="settings"),
    path("journeys/<int:pk>/edit/clip/", clip, name="clip"),
    path("journeys/<int:pk>/edit/rule/", rule, name="rule"),
    path("journeys/<int:pk>/edit/choices/", choices, name="choices"),
    path("journeys/<int:pk>/edit/versions/", versions, name="versions"),
    path("journeys/<int:pk>/edit/do/<slug:operation>/", operate, name="operate"),
    path("journeys/<int:pk>/simulate/", simulation, name="simulate"),
    path("journeys/<int:pk>/simulate/play/", play, name="simulate_play"),
    path("journeys/<int:pk>/simulate/customers/", candidates, name="simulate_customers"),
    path("journeys/<int:pk>/foresight/", foresight, name="foresight"),
    path("journeys/<int:pk>/foresight/tell/", foretell, name="foretell"),
    path("journeys/<int:pk>/text/", edit, name="written"),
    path("journeys/<int:pk>/journey.yaml", as_yaml, name="yaml"),
    path("journeys/<int:pk>/journey.svg", as_svg, name="svg"),
    path("journeys/<int:pk>/<slug:verb>/", change, name="change"),
    path("developers/webhooks/", subscriptions.listing, name="subscriptions"),
    path("developers/webhooks/<int:pk>/", subscriptions.detail, name="subscription"),
    path("developers/webhooks/<int:pk>/log/", subscriptions.log, name="subscription_log"),
    path("developers/webhooks/<int:pk>/secret/", subscriptions.renew, name="subscription_renew"),
    path("developers/webhooks/<int:pk>/check/", subscriptions.check, name="subscription_check"),
    path("developers/webhooks/calls/<int:pk>/", subscriptions.again, name="delivery_again"),
    path("developers/webhooks/<int:pk>/<slug:verb>/", subscriptions.turn, name="subscription_turn"),
    path("campaigns/<int:pk>/sends/new/", new_send, name="new_send"),
    path("sends/<int:pk>/", send, name="send"),
    path("sends/<int:pk>/edit/", edit_send, name="edit_send"),
    path("sends/<int:pk>/count/", count_send, name="count_send"),
    path("sends/<int:pk>/start/", start_send, name="start_send"),
    path("sends/<int:pk>/<slug:verb>/", change_send, name="change_send"),
    path("walks/<int:pk>/", enrollment, name="enrollment"),
    path("reports/", reports, name="reports"),
    path("reports/engine/", engine, name="engine"),
    path("reports/engine/history/", set_keep, name="set_keep"),
]
