"""The small program that stands before a step's command and lets the server fork (`onefilter.workflow.forkserver`).

It is run as a file by a bare Python for every step, and so loads next to nothing.
"""

import marshal
import os
import signal
import socket
import sys

HEAD = 8
"""Bytes that give the length of what is asked."""


def ask(path: str, command: list[str]) -> int:
    """Let a server's fork run a script; give its exit code.

    Without a server, this process becomes the command. If the fork is killed, so is this process.

    Args:
        path: Where the server listens.
        command: Python, a script, and what it is given.
    """
    with socket.socket(socket.AF_UNIX) as server:
        try:
            server.connect(path)
        except OSError:
            os.execv(command[0], command)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # The fork is interrupted, too, and says so.
        asked = marshal.dumps((os.getcwd(), command[1:], dict(os.environ)))  # noqa: PTH109  # pathlib loads long.
        socket.send_fds(server, [len(asked).to_bytes(HEAD)], [0, 1, 2])
        server.sendall(asked)
        answer = server.recv(1)
    if not answer:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer[0]


if __name__ == "__main__":
    sys.exit(ask(sys.argv[1], sys.argv[2:]))
