"""Pages of this floor."""

from django.urls import path

from campaigns.views import (
    campaign_edit,
    campaigns,
    contents,
    hooks,
    messages,
    offer_codes,
    pauses,
    policies,
    policy_edit,
    preferences,
    samples,
    suppress,
    tasks,
    visits,
)
from campaigns.views.message import message

app_name = "campaigns"
urlpatterns = [
    path("campaigns/", campaigns.campaign_list, name="list"),
    path("campaigns/new/", campaign_edit.new, name="new"),
    path("campaigns/<int:pk>/", campaigns.detail, name="detail"),
    path("campaigns/<int:pk>/edit/", campaign_edit.edit, name="edit"),
    path("customers/<int:pk>/suppress/", suppress.add, name="suppress"),
    path("customers/<int:pk>/suppress/<int:entry>/lift/", suppress.remove, name="unsuppress"),
    path("content/", contents.content_list, name="contents"),
    path("content/new/", contents.new, name="new_content"),
    path("content/<int:pk>/", contents.detail, name="content"),
    path("content/<int:pk>/preview/", contents.preview_fragment, name="preview"),
    path("content/<int:pk>/sample/", samples.content_sample, name="content_sample"),
    path("accounts/<int:pk>/test/", samples.account_test, name="account_test"),
    path("content/<int:pk>/edit/", contents.edit, name="edit_content"),
    path("content/<int:pk>/archive/", contents.archive, name="archive_content"),
    path("policies/", policies.page, name="policies"),
    path("policies/pause/", pauses.pause, name="pause"),
    path("policies/pauses/<int:pk>/resume/", pauses.resume, name="resume"),
    path("campaigns/<int:pk>/pause/", pauses.pause_campaign, name="pause_campaign"),
    path("policies/control-group/", policy_edit.control_group, name="control_group"),
    path("policies/ledger/", policy_edit.ledger, name="ledger"),
    path("policies/<slug:kind>/new/", policy_edit.edit, name="new_policy"),
    path("policies/<slug:kind>/<int:pk>/", policy_edit.edit, name="policy"),
    path("policies/<slug:kind>/<int:pk>/remove/", policy_edit.remove, name="remove_policy"),
    path("tasks/", tasks.task_list, name="tasks"),
    path("tasks/<int:pk>/finish/", tasks.finish_task, name="finish_task"),
    path("offers/<int:pk>/codes/", offer_codes.codes, name="offer_codes"),
    path("r/<str:token>", visits.follow, name="follow"),
    path("u/<str:token>", preferences.unsubscribe, name="unsubscribe"),
    path("p/<str:token>", preferences.preferences, name="preferences"),
    path("c/<str:token>", preferences.confirm, name="confirm"),
    path("o/<str:token>.gif", visits.picture, name="picture"),
    path("hooks/<slug:code>/<str:token>/", hooks.post, name="hook"),
    path("messages/", messages.message_list, name="messages"),
    path("messages/<int:pk>/", message, name="message"),
]
