#!/usr/bin/env python3.11
"""Waypost's command line. Needs nothing but Python 3.11; the rest is installed on first use."""

import os
import sys

PYTHON = (3, 11)


def main() -> int:
    """Run one command; returns the exit code. Errors of set-up are sentences, not tracebacks."""
    if sys.version_info[:2] != PYTHON:
        # Before any other import: those may not even compile on another version.
        sys.stderr.write(
            "Waypost runs on Python {}.{}, and this is Python {}.{}. Install Python {}.{} and "
            "run: python{}.{} {}\n".format(
                *PYTHON, *sys.version_info[:2], *PYTHON, *PYTHON, " ".join(sys.argv)
            )
        )
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from config import bootstrap
    from config.errors import ConfigurationError

    try:
        bootstrap.ensure_packages(sys.argv)
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
