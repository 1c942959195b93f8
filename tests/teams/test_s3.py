"""A DVC remote on an S3 server: moto on loopback, in its own environment (.venv-moto), with dummy credentials."""

import importlib.util
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import ROOT
from tests.teams.conftest import Team, assert_trains_nothing

PYTHON = ROOT / ".venv-moto" / "bin" / "python"
KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not importlib.util.find_spec("dvc_s3"), reason="needs dvc-s3: make test-all PART=s3"),
    pytest.mark.skipif(not PYTHON.exists(), reason="needs .venv-moto: make test-all PART=s3"),
]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of an S3 server with an empty bucket called `shop`."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    with (tmp_path / "moto.log").open("w") as log:
        moto = subprocess.Popen([PYTHON, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log)
    try:
        with httpx.Client(trust_env=False) as client:
            for _ in range(300):
                assert moto.poll() is None, (tmp_path / "moto.log").read_text()
                try:
                    client.put(f"{url}/shop").raise_for_status()
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
        yield url
    finally:
        moto.terminate()
        moto.wait(timeout=10)


def test_a_colleague_gets_everything_from_s3(team: Team, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (KEYS | {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}).items():
        monkeypatch.setenv(name, value)
    team.ana.sh("dvc remote add --default team s3://shop/vitrine")
    team.ana.sh(f"dvc remote modify team endpointurl {server}")
    team.ana.sh("git add .dvc/config && git commit -m 'a remote for the team'")
    team.ana.sh("dvc push && git push --set-upstream origin main")

    with httpx.Client(trust_env=False) as client:
        assert "<Key>vitrine/files/md5/" in client.get(f"{server}/shop?list-type=2").text
    assert "testing" not in team.ana.file(".dvc/config").decode(), "credentials stay out of Git"
    bob = team.colleague("bob")
    assert_trains_nothing(team.ana, bob)
