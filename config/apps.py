"""The ground as a Django app: it has a heartbeat, the broker's tables and the health pages."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class GroundConfig(AppConfig):
    """Loads the Celery application, so that tasks of every app belong to it."""

    name = "config"
    label = "config"
    verbose_name = gettext_lazy("Ground")

    def ready(self) -> None:
        from config import celery  # noqa: F401
