"""Steps that are forks of one process: they are told apart from programs of their own by nothing but the time."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from onefilter.workflow import forkserver
from onefilter.workflow.forkserver import WORTHWHILE, start
from tests.examples.configuration import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is a server on Linux only")
SCRIPTS = sorted((ROOT / "workflow/scripts").glob("*.py"))
SAYS = """
import os, sys
print(os.getcwd(), os.environ["WHO"], sys.argv[1:], __name__, sys.stdin.read())
print("said", file=sys.stderr)
"""
LEFT = """
import signal, time
from pathlib import Path
if __name__ == "__main__":
    Path("there").touch()
    try:
        time.sleep(600)
    finally:
        Path("gone").touch()
"""


def until(look: Callable[[], object]) -> None:
    """Wait until something is true."""
    end = time.monotonic() + 120
    while not look():
        assert time.monotonic() < end
        time.sleep(0.02)


def serving(scripts: list[Path]) -> tuple[list[str], Path]:
    """Start a server, wait until it listens; give the prefix's parts, and the folder."""
    prefix = start(scripts).split()
    path = Path(prefix[-1])
    until(lambda: path.exists() or forkserver._servers[-1].poll() is not None)
    assert path.exists(), "the server has ended"
    return prefix, path.parent


@pytest.fixture
def prefix(tmp_path: Path) -> Iterator[list[str]]:
    """A server that has loaded nothing, and what is put before a command."""
    nothing = tmp_path / "nothing.py"
    nothing.touch()
    found, folder = serving([nothing] * WORTHWHILE)
    yield found
    end(folder)


def end(folder: Path) -> None:
    """Close a server's standard input, as the end of Snakemake does; nothing must be left."""
    server = forkserver._servers.pop()
    server.communicate()
    assert not folder.exists()


def run(prefix: list[str], folder: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script."""
    script = folder / "script.py"
    script.write_text(text)
    command = [*prefix, sys.executable, str(script), *arguments]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, "WHO": "me"}, input="asked", capture_output=True, text=True, check=False
    )


def test_it_loads_every_step() -> None:
    """With all that the scripts import, it still runs no other thread of Python's, and listens."""
    _, folder = serving(SCRIPTS)
    assert folder.stat().st_mode & 0o077 == 0
    end(folder)


def test_a_fork_is_as_a_program_of_its_own(prefix: list[str], tmp_path: Path) -> None:
    """Folder, environment, arguments, streams and name are those of the command."""
    for way in (prefix, []):
        found = run(way, tmp_path, SAYS, "one", "two")
        assert (found.returncode, found.stderr) == (0, "said\n")
        assert found.stdout == f"{tmp_path} me ['one', 'two'] __main__ asked\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("raise SystemExit(3)", 3),
        ("raise SystemExit", 0),
        ("raise SystemExit('why')", 1),
        ("1 / 0", 1),
        ("import os; os.kill(os.getpid(), 9)", -9),
    ],
)
def test_it_ends_as_the_fork_ends(prefix: list[str], tmp_path: Path, text: str, code: int) -> None:
    """With its code, or killed; a defect has its traceback."""
    found = run(prefix, tmp_path, text)
    assert found.returncode == code
    assert ("ZeroDivisionError" in found.stderr) == ("/" in text)


@pytest.mark.waits
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_a_fork_ends_with_who_asked(prefix: list[str], tmp_path: Path, sent: signal.Signals) -> None:
    """Who stops a step's command stops the step."""
    (tmp_path / "script.py").write_text("import os; from pathlib import Path; Path('who').write_text(str(os.getpid()))"
                                        "; import time; time.sleep(600)")  # fmt: skip
    asking = subprocess.Popen([*prefix, sys.executable, str(tmp_path / "script.py")], cwd=tmp_path)
    until(lambda: (tmp_path / "who").exists() and (tmp_path / "who").read_text())
    process = Path("/proc", (tmp_path / "who").read_text())
    assert process.exists()
    asking.send_signal(sent)
    asking.wait()
    until(lambda: not process.exists())


@pytest.mark.waits
def test_interrupted(tmp_path: Path) -> None:
    """Ctrl-C reaches the fork, which can clean up; the server itself goes on."""
    (tmp_path / "script.py").write_text(LEFT)
    code = (
        "import subprocess, sys, time; from pathlib import Path; from onefilter.workflow import forkserver\n"
        f"prefix = forkserver.start([Path({str(tmp_path / 'script.py')!r})] * {WORTHWHILE}).split()\n"
        "while not Path(prefix[-1]).exists(): time.sleep(.02)\n"
        "try: subprocess.run([*prefix, sys.executable, 'script.py'])\n"
        "except KeyboardInterrupt: pass\n"
        "sys.exit(forkserver._servers[0].poll() is not None)\n"
    )
    asking = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, start_new_session=True)
    until((tmp_path / "there").exists)
    os.killpg(asking.pid, signal.SIGINT)
    assert asking.wait() == 0
    until((tmp_path / "gone").exists)


def test_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For few steps, elsewhere than on Linux, and where a script cannot be loaded; commands run as they are."""
    assert start(SCRIPTS[: WORTHWHILE - 1]) == ""
    broken = tmp_path / "broken.py"
    broken.write_text("1 / 0")
    prefix = start([broken] * WORTHWHILE).split()
    server = forkserver._servers.pop()
    server.communicate()
    assert server.returncode == 1
    assert not Path(prefix[-1]).parent.exists()
    assert run(prefix, tmp_path, SAYS).stdout.endswith("__main__ asked\n")
    with monkeypatch.context() as patched:
        patched.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
        assert start(SCRIPTS) == ""
    monkeypatch.setattr(sys, "platform", "darwin")
    assert start(SCRIPTS) == ""


def test_where_no_socket_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A temporary folder whose path is too long for a socket's: steps run as they are, and nothing is left there."""
    deep = tmp_path / ("x" * 60) / ("y" * 60)
    deep.mkdir(parents=True)
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    nothing = tmp_path / "nothing.py"
    nothing.touch()
    prefix = start([nothing] * WORTHWHILE).split()
    forkserver._servers.pop().communicate()
    assert run(prefix, tmp_path, SAYS).stdout.endswith("__main__ asked\n")
    assert not list(deep.iterdir())
