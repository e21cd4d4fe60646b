"""Which processes belong to the embedded server, alive or left behind."""

import time

import psutil

from config.embedded.home import Home


def postmaster(home: Home) -> psutil.Process | None:
    """Return the running postmaster of `home`, or None.

    The pid file alone proves nothing: after a crash or a reboot its number may belong to anybody.
    """
    try:
        pid = int((home.data / "postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0])
        process = psutil.Process(pid)
        return process if _is_postgres(home, process) else None
    except (OSError, ValueError, psutil.Error):
        return None


def clear_leftovers(home: Home) -> None:
    """Remove what a killed postmaster left: its children and its pid file.

    The caller holds the start lock, so no other process is starting a server here. The children
    notice the death of their parent by themselves; those that don't within three seconds (busy in
    a long statement) are killed, which is safe because the next start recovers from the log.
    """
    if postmaster(home) is not None:
        return
    orphans = _children_left(home)
    if orphans:
        _, stubborn = psutil.wait_procs(orphans, timeout=3)
        for process in stubborn:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(stubborn, timeout=3)
        # A zombie still counts for PostgreSQL's check until its parent has collected it.
        time.sleep(0.05)
    (home.data / "postmaster.pid").unlink(missing_ok=True)


def _children_left(home: Home) -> list[psutil.Process]:
    left = []
    for process in psutil.process_iter():
        try:
            if process.name().startswith("postgres") and process.cwd() == str(home.data):
                left.append(process)
        except psutil.Error:
            continue
    return left


def _is_postgres(home: Home, process: psutil.Process) -> bool:
    if process.status() == psutil.STATUS_ZOMBIE or not process.name().startswith("postgres"):
        return False
    try:
        return process.cwd() == str(home.data)
    except psutil.AccessDenied:
        return str(home.data) in " ".join(process.cmdline())
