"""The admin's look and the API's rules."""

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

UNFOLD = {
    "SITE_TITLE": "Waypost",
    "SITE_HEADER": "Waypost",
    "SITE_SUBHEADER": _("Administration"),
    "SITE_URL": reverse_lazy("home"),
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": False,
    "SITE_SYMBOL": "signpost",
    # The greens and papers of static/css/tokens.css, in the shades that the admin asks for.
    "COLORS": {
        "primary": {
            "50": "oklch(97% .02 160)",
            "100": "oklch(94% .035 160)",
            "200": "oklch(88% .055 160)",
            "300": "oklch(79% .08 160)",
            "400": "oklch(68% .1 160)",
            "500": "oklch(56% .1 160)",
            "600": "oklch(45% .085 160)",
            "700": "oklch(39% .072 160)",
            "800": "oklch(33% .058 160)",
            "900": "oklch(28% .045 160)",
            "950": "oklch(20% .035 160)",
        },
    },
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": "customers.admin.navigation.sidebar",
    },
}
IMPORT_EXPORT_USE_TRANSACTIONS = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.CursorPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_VERSIONING_CLASS": None,
    "PAGE_SIZE": 100,
    "UNICODE_JSON": True,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Waypost",
    "DESCRIPTION": "Customers, campaigns and journeys.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "customers.api.document.finish",
    ],
    # Fields of one name with other values: where a message stands, and one word of the gate.
    "ENUM_NAME_OVERRIDES": {
        "MessageVerdictEnum": ["waiting", "deferred", "allowed", "stopped"],
        "DecisionVerdictEnum": ["allowed", "deferred", "stopped"],
        "CampaignStateEnum": ["draft", "scheduled", "running", "ended", "archived"],
        "MessageStateEnum": [
            "accepted",
            "handed_over",
            "delivered",
            "failed",
            "uncertain",
            "held",
        ],
        "SegmentKindEnum": ["rule", "list"],
        "CampaignKindEnum": ["daily", "weekly", "monthly", "promotion"],
    },
}
