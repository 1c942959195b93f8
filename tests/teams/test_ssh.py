"""A remote over SSH: Debian's sshd on loopback, with a configuration, host key and user key of its own."""

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

from tests.teams.conftest import Team, trains_nothing
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
    stranger: Path  # a key that the server does not know


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    folder, port = tmp_path / "sshd", free_port()
    folder.mkdir(mode=0o700)
    for name in ("host", "user", "stranger"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd, started by root, separates its privileges
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
        yield Server(port, folder / "user", folder / "stranger")
    finally:
        sshd.terminate()
        sshd.wait(timeout=10)


def test_a_colleague_gets_everything_over_ssh(team: Team, server: Server) -> None:
    there = team.folder / "far" / "vitrine"
    team.ana.sh(f"dvc remote add --default team ssh://127.0.0.1:{server.port}{there}")
    team.ana.sh("git add .dvc/config && git commit -m 'a remote for the team'")
    who = f"dvc remote modify --local team user {getpass.getuser()} && dvc remote modify --local team allow_agent false"

    team.ana.sh(f"{who} && dvc remote modify --local team keyfile {server.stranger}")
    assert "ermission denied" in team.ana.sh("dvc push", fails=True)
    assert not list(there.rglob("*.safetensors")) and not (there / "files").exists(), "nothing was sent with a wrong key"

    team.ana.sh(f"dvc remote modify --local team keyfile {server.key}")
    team.ana.sh("dvc push && git push --set-upstream origin main")
    assert (there / "files" / "md5").is_dir()
    assert team.ana.run("git", "status", "--porcelain") == "", "which key somebody has is nothing for Git"

    bob = team.colleague("bob")
    bob.sh(f"{who} && dvc remote modify --local team keyfile {server.key}")
    trains_nothing(team.ana, bob)
