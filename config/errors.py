"""The error of a machine or an environment that is not set up as Waypost needs it."""


class ConfigurationError(Exception):
    """Something outside the code stops Waypost; the text is the whole sentence for the operator.

    `manage.py` prints the text without a traceback, so it names what was expected, what was
    found and what to do next. It never contains a secret.
    """
