import json
from pathlib import Path

from tests.config.running import python

_REQUESTS = """
import logging, django
django.setup()
from django.test import Client
logging.getLogger("plain").warning("from the library, %s", 1)
Client().get("/health/live", headers={"host": "localhost"})
Client().get("/health/live", headers={"host": "localhost", "X-Request-ID": "chosen"})
"""


def test_each_line_is_json_and_carries_the_id_of_its_request(tmp_path: Path) -> None:
    done = python(
        _REQUESTS,
        DJANGO_SETTINGS_MODULE="config.settings",
        WAYPOST_VAR=str(tmp_path),
        WAYPOST_LOG_FORMAT="json",
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert lines[0]["event"] == "from the library, 1"
    assert {"level", "logger", "timestamp"} <= lines[0].keys()
    requests = [line for line in lines if line["event"] == "request_finished"]
    assert len(requests) == 2
    assert requests[0]["request_id"] != requests[1]["request_id"]
    assert all("ip" not in line for line in requests)


def test_a_terminal_gets_text(tmp_path: Path) -> None:
    done = python(
        _REQUESTS,
        DJANGO_SETTINGS_MODULE="config.settings",
        WAYPOST_VAR=str(tmp_path),
        WAYPOST_LOG_FORMAT="text",
    )
    assert "from the library, 1" in done.stderr
    assert not done.stderr.lstrip().startswith("{")
