"""A DVC remote in a folder. Runs every command of docs/teams.md that needs no server."""

import json
import shutil

import pytest

from tests.conftest import Smoke
from tests.teams.conftest import Checkout, Team, assert_trains_nothing

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]  # includes the smoke run before the first test


def share(team: Team) -> None:
    team.ana.sh(f"dvc remote add --default team {team.folder / 'remote'}")
    team.ana.sh("git add .dvc/config && git commit -m 'a remote for the team'")
    team.ana.sh("dvc push && git push --set-upstream origin main")


def test_a_colleague_trains_nothing_even_with_an_empty_cache(team: Team, smoke: Smoke) -> None:
    share(team)
    bob = team.colleague("bob")
    assert_trains_nothing(team.ana, bob)

    shutil.rmtree(bob.root / ".dvc" / "cache")
    assert bob.stages("dvc repro --dry") == smoke.ran, "if this fails, DVC has improved: update docs/teams.md"
    assert bob.stages("dvc repro --pull") == []
    assert bob.hashes("data", "models") == team.ana.hashes("data", "models")
    assert bob.dirty() == []


def test_a_stray_file_in_an_output_folder_is_listed(team: Team) -> None:
    ana = team.ana
    command = "diff <(dvc list . data -R --dvc-only | sort) <(git -C data ls-files --others --ignored --exclude-standard | sort)"
    assert ana.sh(command) == ""
    (ana.root / "data" / "raw" / "notes.txt").write_text("a thought\n")
    assert "> raw/notes.txt" in ana.sh(command, fails=True)
    assert "modified:           data/raw" in ana.sh("dvc status"), "a stage that depends on the folder would run again"


def test_an_earlier_result_comes_from_the_run_cache(team: Team) -> None:
    ana, examples = team.ana, params(team.ana)["report"]["examples"]
    compose(ana, f"report.examples={examples + 1}")
    assert ana.stages("dvc repro") == ["report"]
    compose(ana)
    assert ana.stages("dvc repro") == []


def test_an_experiment_reaches_a_colleague(team: Team) -> None:
    share(team)
    ana, examples = team.ana, params(team.ana)["report"]["examples"] + 1
    assert ana.stages(f"dvc exp run --name longer -S scale=smoke -S report.examples={examples}") == ["report"]
    ana.sh("dvc exp push origin longer")

    bob = team.colleague("bob")
    assert "longer" in bob.sh("dvc exp list origin")
    bob.sh("dvc exp pull origin longer")
    bob.sh("dvc exp apply longer")
    assert bob.stages("dvc repro --pull") == []
    assert params(bob)["report"]["examples"] == examples
    assert bob.hashes("metrics", "models") == ana.hashes("metrics", "models")


def test_a_merge_conflict_in_the_lock_loses_no_training(team: Team) -> None:
    """ana trained at another temperature, bob changed the report. After the merge only the report has to run."""
    share(team)
    ana, bob = team.ana, team.colleague("bob")
    temperature, examples = params(ana)["grpo"]["temperature"] + 0.1, params(ana)["report"]["examples"] + 1
    ana.sh("git switch --create warmer")
    compose(ana, f"grpo.temperature={temperature}")
    assert "grpo" in ana.stages("dvc repro")
    ana.sh("git commit --all --message warmer && dvc push && git push --set-upstream origin warmer")
    bob.stages("dvc repro --pull")
    compose(bob, f"report.examples={examples}")
    assert bob.stages("dvc repro") == ["report"]
    bob.sh("git commit --all --message 'a longer report' && dvc push && git push")
    before = bob.file("dvc.lock")

    bob.sh("git fetch && git switch --detach origin/warmer")
    bob.sh("dvc pull")
    assert bob.stages("dvc repro --pull") == []
    bob.sh("dvc commit --force && git switch -")
    assert bob.dirty() == []

    output = bob.sh("git merge origin/warmer", fails=True)
    assert "CONFLICT (content): Merge conflict in dvc.lock" in output
    assert bob.file("dvc.lock") == before, "Git keeps our lock, without conflict markers"
    compose(bob, f"grpo.temperature={temperature}", f"report.examples={examples}")
    bob.sh("git checkout --ours dvc.lock && git checkout HEAD -- metrics")
    assert bob.stages("dvc repro --pull") == ["report"], "the weights were trained once, by ana"
    bob.sh("git add --update && git commit --message 'merge warmer' && dvc push && git push")
    assert bob.hashes("models/grpo", "data/answers") == ana.hashes("models/grpo", "data/answers")
    assert bob.dirty() == []

    cleo = team.colleague("cleo")
    assert_trains_nothing(bob, cleo)


def params(checkout: Checkout) -> dict[str, dict[str, float]]:
    done = checkout.run("python", "-c", "import json, yaml; print(json.dumps(yaml.safe_load(open('params.yaml'))))")
    return json.loads(done)


def compose(checkout: Checkout, *overrides: str) -> None:
    checkout.run("python", "-m", "vitrine.cli", "compose", "scale=smoke", *overrides)
