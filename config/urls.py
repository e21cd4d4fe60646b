from django.contrib import admin
from django.urls import include, path

from config import health
from journeys.views.home import home
from journeys.views.jump import jump

urlpatterns = [
    path("", home, name="home"),
    path("jump/", jump, name="jump"),
    path("", include("customers.account_urls")),
    path("", include("customers.urls")),
    path("", include("campaigns.urls")),
    path("", include("journeys.urls")),
    path("", include("customers.interop.urls")),
    path("api/v1/", include("customers.api.urls")),
    path("api/v1/", include("campaigns.api.urls")),
    path("api/v1/", include("journeys.api.urls")),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("metrics", health.metrics, name="metrics"),
    path("admin/", admin.site.urls),
]

handler400 = "config.views.bad_request"
handler403 = "config.views.forbidden"
handler404 = "config.views.not_found"
handler500 = "config.views.server_error"
