from django.urls import path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.authentication import SessionAuthentication

from customers.api.authentication import ApiKeyAuthentication
from customers.api.rules import RuleSchemaView
from customers.api.views import CustomersView, EventsView

app_name = "api"
urlpatterns = [
    path("events", EventsView.as_view(), name="events"),
    path("customers", CustomersView.as_view(), name="customers"),
    path("rules/schema", RuleSchemaView.as_view(), name="rule_schema"),
    path(
        "schema",
        SpectacularAPIView.as_view(
            authentication_classes=[SessionAuthentication, ApiKeyAuthentication],
            permission_classes=[],
        ),
        name="schema",
    ),
]
