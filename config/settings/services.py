"""Database, cache and e-mail."""

from config import env
from config.database.address import database_settings
from config.mail import mail_settings

DATABASES = {"default": database_settings()}

_cache = env.secret("CACHE_URL", "")
if _cache:
    env.url("CACHE_URL", schemes=["redis", "rediss", "unix"], needs_host=False)
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": _cache}
        if _cache
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "waypost"}
    )
}

_mail = mail_settings()
EMAIL_BACKEND = _mail.backend
EMAIL_HOST = _mail.host
EMAIL_PORT = _mail.port
EMAIL_HOST_USER = _mail.user
EMAIL_HOST_PASSWORD = _mail.password
EMAIL_USE_TLS = _mail.starttls
EMAIL_USE_SSL = _mail.tls
EMAIL_TIMEOUT = 20
EMAIL_FILE_PATH = _mail.folder
DEFAULT_FROM_EMAIL = env.text("WAYPOST_EMAIL_FROM", "Waypost <waypost@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Of which country a phone number without "+" is, as two letters.
PHONE_REGION = env.text("WAYPOST_PHONE_REGION", "CN")
# What one API key may call; each process counts for itself unless the cache is shared.
API_CALLS_PER_MINUTE = env.integer("WAYPOST_API_CALLS_PER_MINUTE", 6000, least=1, most=10_000_000)

# Networks without public addresses that channels and webhooks may call all the same.
PRIVATE_NETWORKS = env.networks("WAYPOST_PRIVATE_NETWORKS")
