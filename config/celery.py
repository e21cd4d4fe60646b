"""The Celery application: `celery -A config worker` and `celery -A config beat`."""

import os
import warnings
from typing import Any

from celery import Celery
from celery.platforms import SecurityWarning  # type: ignore[attr-defined]
from celery.signals import setup_logging
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# A worker would load every page, form and admin class only to check them; commands do that.
os.environ.setdefault("CELERY_SKIP_CHECKS", "true")
# The warning is about pickled tasks; this application accepts JSON only.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("waypost")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()


@setup_logging.connect
def _keep_logging(**kwargs: Any) -> None:
    """Django has set the logs up; Celery leaves them alone when somebody listens here."""
