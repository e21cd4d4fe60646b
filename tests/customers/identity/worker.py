"""One of several processes to whom the same people become known piece by piece."""

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
        for i in chance.choices(range(people), k=30):
            keys = [("member_id", f"m{i}"), ("email", f"p{i}@example.com"), ("unionid", f"u{i}"),
                    ("user_id", f"x{i}")]  # fmt: skip
            known = chance.sample(keys, 1 if round_ < rounds / 2 else 2)
            event = EventFact(f"kettle {chance.randrange(3)}", now, key=f"{seed}:{i}:{round_}")
            items.append(Item(str(i), known, attributes={"points": seed}, events=[event]))
        done = ingest(Batch("race", items), now=now)
        assert not done.refused, done.refused
        assert not done.conflicts, done.conflicts
    # At last everybody is told whole.
    whole = [
        Item(str(i), [("member_id", f"m{i}"), ("email", f"p{i}@example.com"),
                      ("unionid", f"u{i}"), ("user_id", f"x{i}")])
        for i in chance.sample(range(people), people)
    ]  # fmt: skip
    for start in range(0, people, 10):
        ingest(Batch("race", whole[start : start + 10]), now=now)
    print("done")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    main(sys.argv[1], *(int(each) for each in sys.argv[2:]))
