"""Which database and which socket a connection uses: of the tests, and of a forked child."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection


def in_use() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        row = cursor.fetchone()
    connection.close()
    return str(row[0])


@pytest.mark.django_db(transaction=True)
def test_tests_work_in_the_copy_and_not_in_the_real_database() -> None:
    # Looking for the template opens a pool, and a pool stays at the database it was opened for.
    # Once every test ran in the real one, because the pool was open when the name changed.
    assert connection.settings_dict["OPTIONS"]["pool"]
    name = connection.settings_dict["NAME"]
    assert name.startswith("test_")
    with ThreadPoolExecutor(3) as threads:
        found = [threads.submit(in_use) for _ in range(3)]
        assert {each.result() for each in found} | {in_use()} == {name}


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        row = cursor.fetchone()
    return int(row[0])


@pytest.mark.django_db(transaction=True)
def test_a_forked_child_opens_a_connection_of_its_own() -> None:
    mine = backend()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, str(backend()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        its = answer.read()
    os.waitpid(child, 0)
    assert int(its) != mine
    # The child ended without closing ours.
    assert backend() == mine
