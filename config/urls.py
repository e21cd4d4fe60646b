from django.contrib import admin
from django.urls import include, path

from config import health
from config.views import set_language, set_theme
from journeys.views.home import home
from journeys.views.jump import jump

urlpatterns = [
    path("", home, name="home"),
    path("jump/", jump, name="jump"),
    path("", include("customers.account_urls")),
    path("", include("customers.urls")),
    path("", include("campaigns.urls")),
    path("", include("journeys.urls")),
    path("api/v1/", include("customers.api.urls")),
    path("language/", set_language, name="set_language"),
    path("theme/", set_theme, name="set_theme"),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("metrics", health.metrics, name="metrics"),
    path("admin/", admin.site.urls),
]

handler400 = "config.views.bad_request"
handler403 = "config.views.forbidden"
handler404 = "config.views.not_found"
