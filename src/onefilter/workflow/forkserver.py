"""Steps that begin at once: each is a fork of one process, which has loaded what they import.

Python and its libraries take more than a second to load, torch takes six, and a run has a hundred steps: on the tiny
twin, loading took more than half of the time (docs/benchmarks.md). Snakemake starts a script as ``python script.py``. A
prefix makes of this a small program (`onefilter.workflow.ask`) that asks the server for a fork, hands it its folder,
environment and streams, and ends as the fork ends: with its exit code, or killed. While the server loads, and where
there is none, the program becomes the command that it was given. Results do not depend on it.

The server computes nothing, so that no library has locked anything when it forks; the few threads that polars and its
allocator start when they are loaded sleep, and the allocator expects forks.

The server ends with the run that started it. It listens in a folder that only its user may enter.
"""

import atexit
import gc
import marshal
import os
import runpy
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NoReturn

from onefilter.workflow import ask

WORTHWHILE: Final = 6
"""From so many steps on, a run is faster with a server than without."""
PROGRAM: Final = (sys.executable, "-P", "-m", "onefilter.workflow.forkserver")
"""What serves."""
_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_servers: list[subprocess.Popen[bytes]] = []
"""Kept: a server ends when nobody holds the other end of its standard input, as after this process was killed."""


def start(scripts: Sequence[Path]) -> str:
    """Start a server for the steps of a run; give what is to be put before their commands.

    Args:
        scripts: The scripts of the steps to do, one for each step. Where they are too few, and on systems on which
            libraries forbid to fork after they were loaded (macOS) or nobody can (Windows), there is no server.

    Returns:
        The prefix; nothing without a server.

    Raises:
        FileNotFoundError: If one of the scripts is not there.
    """
    if missing := [script for script in scripts if not script.is_file()]:
        raise FileNotFoundError(missing[0])
    if len(scripts) < WORTHWHILE or sys.platform != "linux":
        return ""
    try:
        path = Path(tempfile.mkdtemp(prefix="onefilter-"), "socket")
    except OSError:  # No room, or no right, to write anything temporary: steps can do without.
        return ""
    server = launch(path, scripts, stdin=subprocess.PIPE)
    _servers.append(server)
    atexit.register(_end, server, path.parent)
    return shlex.join(prefix(path))


def launch(path: Path, scripts: Iterable[Path], *, stdin: int) -> subprocess.Popen[bytes]:
    """Start a server that lives as long as its standard input.

    Args:
        path: Where it is to listen; at its end it removes the folder.
        scripts: The scripts whose imports it loads.
        stdin: Its standard input, as `subprocess.Popen` has it.
    """
    serving = [*PROGRAM, str(path), *sorted(set(map(str, scripts)))]
    environment = {**os.environ, **dict.fromkeys(_THREADS, "1")}
    nowhere = subprocess.DEVNULL
    return subprocess.Popen(serving, stdin=stdin, stdout=nowhere, stderr=nowhere, env=environment)


def prefix(path: Path) -> list[str]:
    """Give what is put before a command so that the server that listens there runs it."""
    return [sys.executable, "-I", "-S", ask.__file__, str(path)]


def wait(before: Sequence[str]) -> None:
    """Wait until the server that was started last listens, or is gone: then nothing is loaded twice.

    Args:
        before: What `start` gave, taken apart.
    """
    while before and not Path(before[-1]).exists() and _servers[-1].poll() is None:
        time.sleep(0.02)


def _end(server: subprocess.Popen[bytes], folder: Path) -> None:
    """End a server with the run, also while it loads."""
    server.terminate()
    server.communicate()
    shutil.rmtree(folder, ignore_errors=True)


def serve(path: Path, scripts: Sequence[str]) -> None:
    """Load what scripts import, then fork for everybody who asks, until standard input ends.

    Args:
        path: Where to listen; its folder is removed at the end.
        scripts: They are run as modules, which defines their steps and runs none.
    """
    try:
        for script in scripts:
            runpy.run_path(script, run_name="loaded")
        if threading.active_count() > 1:
            return  # A fork has one thread, and would wait for what the others hold.
        gc.freeze()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
            server.listen()
            while sys.stdin not in select.select([server, sys.stdin], [], [])[0]:
                connection, _ = server.accept()
                if os.fork() == 0:
                    server.close()
                    _become(connection)
                connection.close()
    finally:
        shutil.rmtree(path.parent, ignore_errors=True)


def _become(connection: socket.socket) -> NoReturn:
    """Be the process that is asked for, to its end."""
    code = 1
    try:
        head, streams, _, _ = socket.recv_fds(connection, ask.HEAD, 3, socket.MSG_WAITALL)
        asked = connection.recv(int.from_bytes(head), socket.MSG_WAITALL)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        folder, sys.argv, environment = marshal.loads(asked)
        os.chdir(folder)
        os.environ.update(environment)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        threading.Thread(target=_end_with, args=[connection], daemon=True).start()
        runpy.run_path(sys.argv[0], run_name="__main__")
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        connection.send(bytes([code]))
        os._exit(code)


def _end_with(connection: socket.socket) -> None:
    """End this process when the one that asked for it is gone."""
    if not connection.recv(1):
        os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), sys.argv[2:])
