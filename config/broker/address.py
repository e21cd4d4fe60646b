"""From `CELERY_BROKER_URL` to Celery's settings."""

from dataclasses import dataclass
from typing import Any, Final

from kombu.transport import TRANSPORT_ALIASES

from config import env

# The scheme of the broker that uses the database of the settings.
SAME_DATABASE: Final = "waypost"
_SCHEMES: Final = ("pgmq", "amqp", "amqps", "pyamqp", "redis", "rediss", "sentinel", "memory")

# Celery sees a task as lost, and hands it out again, after this many seconds without an answer.
# It must exceed the hard time limit of a task.
_VISIBILITY_SECONDS: Final = 900.0

# A publisher gives up after a second try: what it says is only "look again".
_RETRIES: Final[dict[str, Any]] = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
}

TRANSPORT_ALIASES[SAME_DATABASE] = "config.broker.transport:Transport"


@dataclass(frozen=True)
class BrokerSettings:
    """Address and transport options for Celery."""

    url: str
    options: dict[str, Any]


def broker_settings() -> BrokerSettings:
    """Read `CELERY_BROKER_URL` (or `CELERY_BROKER_URL_FILE`) and `CELERY_VISIBILITY_TIMEOUT`.

    Raises `ConfigurationError` for a scheme that is not supported: the others lose tasks when a
    worker is killed.
    """
    visibility = int(env.seconds("CELERY_VISIBILITY_TIMEOUT", _VISIBILITY_SECONDS))
    address = env.secret("CELERY_BROKER_URL", "")
    if not address:
        return BrokerSettings(f"{SAME_DATABASE}://localhost", _pgmq_options(visibility))
    scheme = address.partition("://")[0]
    if scheme not in _SCHEMES:
        env.url("CELERY_BROKER_URL", address, schemes=_SCHEMES[:-1], needs_host=False)
    return BrokerSettings(address, _options(scheme, visibility))


def _options(scheme: str, visibility: int) -> dict[str, Any]:
    if scheme == "pgmq":
        return _pgmq_options(visibility)
    if scheme in ("redis", "rediss", "sentinel"):
        return {
            **_RETRIES,
            "visibility_timeout": visibility,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            "global_keyprefix": env.text("CELERY_KEY_PREFIX", "waypost:"),
        }
    if scheme == "memory":
        return {}
    return {**_RETRIES, "confirm_publish": True}


def _pgmq_options(visibility: int) -> dict[str, Any]:
    return {
        **_RETRIES,
        "init_extension": False,
        "use_notify": True,
        "pool_size": 3,
        "pool_timeout": 10,
        "visibility_timeout": visibility,
        # A notification wakes the worker, a look each second is the safety net; waiting inside
        # the server instead would poll ten times a second and hold a connection.
        "wait_time_seconds": 0,
        "polling_interval": 1.0,
        "notify_throttle_interval_ms": 20,
    }
