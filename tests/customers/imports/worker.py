"""A process that brings a file in, batch by batch, until it is done or killed."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main(database: str, file: str, batch: int) -> None:
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    from config.clock import utc_now
    from customers.access import Actor
    from customers.actions.imports import create, prepare, start
    from customers.imports import run
    from customers.models import Brand

    actor, path = Actor.of_command("test"), Path(file)
    mapping = {
        "columns": {"id": "identity:member_id", "day": "time", "amount": "property:amount"},
        "event": "purchase",
    }
    brand = Brand.objects.get(code="tea")
    prepared = prepare(actor, brand, path, kind="events", mapping=mapping, now=utc_now())
    found = create(actor, prepared, now=utc_now())
    start(actor, found, now=utc_now())
    run(found, path, clock=utc_now, batch=batch)
    print("done")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
