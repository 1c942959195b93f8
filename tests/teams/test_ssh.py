"""A DVC remote over SSH: Debian's sshd on loopback, with its own configuration, host key and user key."""

import getpass
import importlib.util
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.teams.conftest import Team, assert_trains_nothing
from tests.teams.test_s3 import free_port

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

pytestmark = [
    pytest.mark.part,
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not importlib.util.find_spec("dvc_ssh"), reason="needs dvc-ssh: make test-all PART=ssh"),
    pytest.mark.skipif(SSHD is None, reason="needs sshd: apt-get install openssh-server"),
]


@dataclass(frozen=True)
class Server:
    port: int
    key: Path
    unknown_key: Path  # a key that the server does not accept


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    folder, port = tmp_path / "sshd", free_port()
    folder.mkdir(mode=0o700)
    for name in ("host", "user", "unknown"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # needed by sshd's privilege separation when root starts it
    lines = [
        f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {folder / 'host'}", f"PidFile {folder / 'pid'}",
        f"AuthorizedKeysFile {folder / 'user.pub'}", "StrictModes no", "UsePAM no", "PasswordAuthentication no",
        "KbdInteractiveAuthentication no", "PermitRootLogin prohibit-password", "Subsystem sftp internal-sftp",
    ]  # fmt: skip
    (folder / "config").write_text("\n".join(lines) + "\n")
    with (folder / "log").open("w") as log:
        sshd = subprocess.Popen([SSHD, "-D", "-e", "-f", folder / "config"], stdout=log, stderr=log)
    try:
        for _ in range(100):
            assert sshd.poll() is None, (folder / "log").read_text()
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield Server(port, folder / "user", folder / "unknown")
    finally:
        sshd.terminate()
        sshd.wait(timeout=10)


def test_a_colleague_gets_everything_over_ssh(team: Team, server: Server) -> None:
    remote = team.folder / "remote" / "vitrine"
    team.ana.sh(f"dvc remote add --default team ssh://127.0.0.1:{server.port}{remote}")
    team.ana.sh("git add .dvc/config && git commit -m 'a remote for the team'")
    login = f"dvc remote modify --local team user {getpass.getuser()} && dvc remote modify --local team allow_agent false"

    team.ana.sh(f"{login} && dvc remote modify --local team keyfile {server.unknown_key}")
    assert "ermission denied" in team.ana.sh("dvc push", fails=True)
    assert not list(remote.rglob("*.safetensors")) and not (remote / "files").exists(), "nothing is sent with a wrong key"

    team.ana.sh(f"dvc remote modify --local team keyfile {server.key}")
    team.ana.sh("dvc push && git push --set-upstream origin main")
    assert (remote / "files" / "md5").is_dir()
    assert team.ana.run("git", "status", "--porcelain") == "", "a user's key is not tracked by Git"

    bob = team.colleague("bob")
    bob.sh(f"{login} && dvc remote modify --local team keyfile {server.key}")
    assert_trains_nothing(team.ana, bob)
