"""A SLURM cluster of one node, with munge, in a temporary folder; without accounting, as many are."""

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

COMMANDS = ("sbatch", "scancel", "scontrol", "sinfo", "squeue", "srun")
PROGRAMS = ("munged", "slurmctld", "slurmd", *COMMANDS)
PATIENCE = 60
"""Seconds after which a daemon that has not begun counts as broken."""

CONFIGURATION = """
ClusterName=onefilter
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CryptoType=crypto/munge
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
KillWait=2
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> str | None:
    """Say why there can be no cluster here; None if there can."""
    if os.getuid() != 0:
        return "slurmd runs as root only"
    lacking = [name for name in PROGRAMS if shutil.which(name, path=_path()) is None]
    return f"no {', '.join(lacking)} on this machine" if lacking else None


@contextmanager
def cluster(folder: Path, *, cpus: int) -> Iterator[Mapping[str, str]]:
    """Run a cluster; give the environment in which its commands find it.

    Args:
        folder: Where it keeps everything; its path must be short, for there is a socket in it.
        cpus: How many it believes to have.
    """
    folder.mkdir(mode=0o755)
    (folder / "munge.key").write_bytes(secrets.token_bytes(128))
    (folder / "munge.key").chmod(0o400)
    settings = CONFIGURATION.format(
        host=socket.gethostname().partition(".")[0],
        user="root",
        folder=folder,
        ports=_free_ports(2),
        cpus=cpus,
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
    )
    (folder / "slurm.conf").write_text(settings)
    environment = {**os.environ, "PATH": f"{_commands(folder)}:{_path()}", "SLURM_CONF": str(folder / "slurm.conf")}
    munge = [
        "munged", "--foreground", "--force", f"--key-file={folder}/munge.key", f"--socket={folder}/munge.socket",
        f"--pid-file={folder}/munged.pid", f"--seed-file={folder}/munged.seed", f"--log-file={folder}/munged.log",
    ]  # fmt: skip
    with ExitStack() as daemons:
        daemons.enter_context(_daemon(munge, environment))
        _wait(lambda: (folder / "munge.socket").exists(), "munged")
        for name in ("state", "spool"):
            (folder / name).mkdir()
        daemons.enter_context(_daemon(["slurmctld", "-D"], environment))
        daemons.enter_context(_daemon(["slurmd", "-D"], environment))
        _wait(lambda: "idle" in _said(["sinfo", "--noheader", "--format=%t"], environment), "slurmd")
        yield environment


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, **programs: str) -> None:
    """Put programs that are these lines of a shell in front of others."""
    for name, lines in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{lines}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)


def _path() -> str:
    """Daemons lie where administrators look."""
    return f"{os.environ['PATH']}:/usr/sbin:/sbin"


def _commands(folder: Path) -> Path:
    """Write commands that know their cluster whatever the environment says: Snakemake clears it inside of a job."""
    commands = folder / "bin"
    commands.mkdir()
    for name in COMMANDS:
        script = f'#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {shutil.which(name, path=_path())} "$@"\n'
        (commands / name).write_text(script)
        (commands / name).chmod(0o755)
    return commands


@contextmanager
def _daemon(command: list[str], environment: Mapping[str, str]) -> Iterator[None]:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _said(command: list[str], environment: Mapping[str, str]) -> str:
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout


def _wait(ready: Callable[[], bool], name: str) -> None:
    end = time.monotonic() + PATIENCE
    while not ready():
        if time.monotonic() > end:
            message = f"{name} has not begun after {PATIENCE} s"
            raise TimeoutError(message)
        time.sleep(0.1)
