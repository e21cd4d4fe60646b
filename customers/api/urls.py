from django.urls import path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.authentication import SessionAuthentication

from customers.api.authentication import ApiKeyAuthentication
from customers.api.catalogue import CatalogueView, KeyView
from customers.api.rules import RuleCountView, RuleSchemaView
from customers.api.segment_members import SegmentMembersView
from customers.api.segments import (
    SegmentBuildView,
    SegmentHistoryView,
    SegmentsView,
    SegmentUsesView,
    SegmentView,
)
from customers.api.views import CustomersView, EventsView

app_name = "api"
urlpatterns = [
    path("events", EventsView.as_view(), name="events"),
    path("customers", CustomersView.as_view(), name="customers"),
    path("key", KeyView.as_view(), name="key"),
    path("catalogue", CatalogueView.as_view(), name="catalogue"),
    path("rules/schema", RuleSchemaView.as_view(), name="rule_schema"),
    path("rules/count", RuleCountView.as_view(), name="rule_count"),
    path("segments", SegmentsView.as_view(), name="segments"),
    path("segments/<slug:code>", SegmentView.as_view(), name="segment"),
    path("segments/<slug:code>/build", SegmentBuildView.as_view(), name="segment_build"),
    path("segments/<slug:code>/history", SegmentHistoryView.as_view(), name="segment_history"),
    path("segments/<slug:code>/members", SegmentMembersView.as_view(), name="segment_members"),
    path("segments/<slug:code>/uses", SegmentUsesView.as_view(), name="segment_uses"),
    path(
        "schema",
        SpectacularAPIView.as_view(
            authentication_classes=[SessionAuthentication, ApiKeyAuthentication],
            permission_classes=[],
        ),
        name="schema",
    ),
]
