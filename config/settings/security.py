"""Who may reach Waypost, and how a browser is told to behave.

Everything follows from `WAYPOST_URL`, the address people type: with https the cookies, HSTS and
the redirect are on; http is for this machine only, unless `WAYPOST_ALLOW_HTTP=1` says otherwise.
"""

from config import env
from config.origin import public_origin
from config.secrets import secret_key
from config.settings.base import DEBUG, VAR_DIR

SECRET_KEY = env.secret("SECRET_KEY", "") or secret_key(VAR_DIR)
SECRET_KEY_FALLBACKS = env.items("SECRET_KEY_FALLBACKS", [])

_origin = public_origin()
PUBLIC_URL = _origin.url
ALLOWED_HOSTS = [*_origin.hosts, *env.items("WAYPOST_ALLOWED_HOSTS", [])]
CSRF_TRUSTED_ORIGINS = [_origin.url]

# HSTS, redirect and secure cookies can't be had on plain http. On an address that only this
# machine reaches nothing crosses a network; WAYPOST_ALLOW_HTTP on any other keeps the warnings.
SILENCED_SYSTEM_CHECKS = (
    [f"security.{check}" for check in ("W004", "W008", "W012", "W016")]
    if _origin.local and not _origin.https
    else []
)

SECURE_SSL_REDIRECT = _origin.https
# A load balancer asks over plain http from inside.
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = int(env.seconds("WAYPOST_HSTS", 365 * 86400.0)) if _origin.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _origin.https
SECURE_HSTS_PRELOAD = _origin.https
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

# Only behind a proxy that sets or removes this header for every request.
TRUSTED_PROXY = env.flag("WAYPOST_TRUSTED_PROXY", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY else None

SESSION_COOKIE_SECURE = _origin.https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = int(env.seconds("WAYPOST_SESSION", 14 * 86400.0))
CSRF_COOKIE_SECURE = _origin.https
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "config.views.csrf_failure"
# Stated on the page and in the mail.
PASSWORD_RESET_TIMEOUT = 3600

_VALIDATORS = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATORS}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATORS}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_VALIDATORS}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATORS}.NumericPasswordValidator"},
]

# Asked by `/metrics`; without one, only this machine gets an answer.
METRICS_TOKEN = env.secret("WAYPOST_METRICS_TOKEN", "")

DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
INTERNAL_IPS = ["127.0.0.1", "::1"] if DEBUG else []
