from django.urls import path

from campaigns.api.campaigns import (
    ArchiveView,
    BringBackView,
    CampaignsView,
    CampaignView,
    ReleaseView,
)
from campaigns.api.inbox import InboxReportsView, InboxView
from campaigns.api.messages import MessagesView, MessageView

urlpatterns = [
    path("campaigns", CampaignsView.as_view(), name="campaigns"),
    path("campaigns/<slug:code>", CampaignView.as_view(), name="campaign"),
    path("campaigns/<slug:code>/release", ReleaseView.as_view(), name="release_campaign"),
    path("campaigns/<slug:code>/archive", ArchiveView.as_view(), name="archive_campaign"),
    path("campaigns/<slug:code>/bring_back", BringBackView.as_view(), name="bring_back_campaign"),
    path("messages", MessagesView.as_view(), name="messages"),
    path("messages/<int:pk>", MessageView.as_view(), name="message"),
    path("inbox", InboxView.as_view(), name="inbox"),
    path("inbox/reports", InboxReportsView.as_view(), name="inbox_reports"),
]
