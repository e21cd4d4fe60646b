"""The secret key of a checkout that was given none."""

import os
import secrets
import tempfile
from pathlib import Path

from config.errors import ConfigurationError
from config.places import make_folder
from config.terminal import gettext as _


def secret_key(var: Path) -> str:
    """Return the key kept in `var/secret_key`, making it on first use.

    Several processes may ask at once: all get the same key. Raises `ConfigurationError` when the
    file can't be written or read.
    """
    kept = var / "secret_key"
    try:
        held = kept.read_text(encoding="ascii").strip()
        if held:
            return held
    except FileNotFoundError:
        pass
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(kept, error) from None
    make_folder(var)
    try:
        # Written apart and then linked: the name appears with its content, once.
        descriptor, name = tempfile.mkstemp(dir=var, prefix=".secret_key.")
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(64))
            try:
                os.link(name, kept)
            except FileExistsError:
                if kept.stat().st_size == 0:
                    os.replace(name, kept)
        finally:
            Path(name).unlink(missing_ok=True)
        return kept.read_text(encoding="ascii").strip()
    except OSError as error:
        raise _unusable(kept, error) from None


def _unusable(kept: Path, error: Exception) -> ConfigurationError:
    reason = getattr(error, "strerror", None) or _("it is not a text file")
    return ConfigurationError(
        _(
            "The secret key can't be kept in {file}: {reason}. Give this user the right to read "
            "and write there, or set SECRET_KEY, SECRET_KEY_FILE or WAYPOST_VAR."
        ).format(file=kept, reason=reason)
    )
