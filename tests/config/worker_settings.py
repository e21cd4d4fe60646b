"""Settings of workers that tests start: the real ones, on the database of the test."""

import os

from config.settings import *  # noqa: F403
from config.settings import DATABASES

DATABASES["default"]["NAME"] = os.environ["WAYPOST_TEST_DATABASE"]
