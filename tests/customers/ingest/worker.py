"""One of several processes that take in facts about the same people at once."""

from __future__ import annotations

import os
import random
import sys
from datetime import UTC, datetime


def main(database: str, seed: int, people: int, rounds: int) -> None:
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    from customers.ingest import Batch, EventFact, Item, ingest

    chance = random.Random(seed)
    now = datetime(2026, 3, 4, tzinfo=UTC)
    for round_ in range(rounds):
        items = []
        for i in chance.choices(range(people), k=40):
            keys = [("member_id", f"m{i}"), ("email", f"p{i}@example.com"), ("unionid", f"u{i}")]
            chance.shuffle(keys)
            event = EventFact(
                chance.choice(["kettle filled", f"new {round_}"]),
                now.replace(month=chance.randrange(1, 4)),
                key=f"{i}:{round_}",
            )
            items.append(Item(str(i), keys, attributes={"points": seed}, events=[event]))
        done = ingest(Batch("race", items), now=now)
        assert not done.refused, done.refused
        assert not done.conflicts, done.conflicts
    print("done")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    main(sys.argv[1], *(int(each) for each in sys.argv[2:]))
