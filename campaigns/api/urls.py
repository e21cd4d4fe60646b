from django.urls import path

from campaigns.api.inbox import InboxReportsView, InboxView
from campaigns.api.messages import MessagesView, MessageView

urlpatterns = [
    path("messages", MessagesView.as_view(), name="messages"),
    path("messages/<int:pk>", MessageView.as_view(), name="message"),
    path("inbox", InboxView.as_view(), name="inbox"),
    path("inbox/reports", InboxReportsView.as_view(), name="inbox_reports"),
]
