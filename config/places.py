"""Where things lie on the disk."""

from pathlib import Path

from config import env
from config.errors import ConfigurationError
from config.terminal import gettext as _

BASE_DIR = Path(__file__).resolve().parent.parent

# The four rooms; each has words and tests of its own.
ROOMS = ("journeys", "campaigns", "customers", "config")


def var_dir() -> Path:
    """Return the folder of everything that is made while running (`WAYPOST_VAR`, else `var`)."""
    return env.path("WAYPOST_VAR", BASE_DIR / "var")


def make_folder(folder: Path, mode: int = 0o755) -> Path:
    """Create `folder` if it is missing and return it.

    Raises `ConfigurationError` when that is not possible.
    """
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            _(
                "The folder {folder} can't be created: {reason}. Give this user the right to write "
                "there, or set WAYPOST_VAR to a folder it owns."
            ).format(folder=folder, reason=error.strerror)
        ) from None
    return folder
