"""A lifelike demo: a group of two invented brands, its customers and their last six months.

Everything is made up by this room from word lists and a seed: no data of others. Facts come in by
the one door (customers/ingest) and journeys walk through the same engine, gate and outbox as in
production, only with a virtual clock.

    words, people, rhythms      pure: who these people are and what they do, from a seed
    group, contents, segments   what an admin would set up by hand
    history                     the virtual clock that walks the last weeks
    load                        all of it in order; `manage.py demo` calls it
    pulse                       a little traffic every minute, so that the demo stays alive
"""
