from django.urls import path

from campaigns.api.inbox import InboxReportsView, InboxView

urlpatterns = [
    path("inbox", InboxView.as_view(), name="inbox"),
    path("inbox/reports", InboxReportsView.as_view(), name="inbox_reports"),
]
