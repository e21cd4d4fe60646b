"""Settings of the test suite: those of everywhere, minus what would reach outside or cost time."""

import hashlib

from config.logs import logging_settings
from config.places import BASE_DIR
from config.settings import *

ALLOWED_HOSTS = [*ALLOWED_HOSTS, "testserver"]
LOGGING = logging_settings("text", "WARNING")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Two checkouts may share one server; their suites must not empty each other's tables.
_checkout = hashlib.sha256(str(BASE_DIR).encode()).hexdigest()[:8]
DATABASES["default"]["TEST"] = {"NAME": f"test_waypost_{_checkout}"}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

# Wake-ups of the code under test go nowhere; tests of brokers start workers of their own.
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}

# No files are collected for tests; browsers get them from the finders.
MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith("whitenoise.")]
