"""Checks of params.yaml: all sections, all problems in one sentence, once per run."""

import copy
from typing import Any

import pytest

from tests.conftest import ToyRepo, composed
from vitrine import checks
from vitrine.errors import SettingsError


@pytest.fixture(scope="module")
def good_params() -> dict[str, Any]:
    return composed()


def refused(values: dict[str, Any], **changes: Any) -> str:
    """The error message if these keys (with __ for a dot) have these values."""
    values = copy.deepcopy(values)
    for key, value in changes.items():
        *above, last = key.split("__")
        block = values
        for step in above:
            block = block.setdefault(step, {})
        block[last] = value
    with pytest.raises(SettingsError) as caught:
        checks.check(values)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"grpo__temperature": "hot"},
            "grpo.temperature: Input should be a valid number, unable to parse string as a number (got",
        ),
        ({"grpo__temperature": -3}, "grpo.temperature: Input should be greater than 0 (got -3)"),
        ({"grpo__generations": 3}, "grpo.batch: should be a multiple of generations, which is 3 (got 64)"),
        ({"paths__row": "x"}, "paths.row: there is no such key; did you mean raw? Allowed: accounting, answers, "),
        ({"tracking__url": "x"}, "tracking.url: there is no such key; did you mean uri? Allowed: enabled, experiment, uri"),
        ({"grop__temperature": 1}, "grop: there is no such section; allowed: account, base, "),
        ({"ingest__sources": 3}, "ingest.source: should be one of olist, "),
        ({"clean__sources": None}, "clean.source: should be one of olist, "),
        ({"sft": 3}, "sft: must be a section with keys (got 3)"),
        ({"launch__name": "moon", "clean__launch__name": "moon"}, "launch.name: Input should be 'local' or 'ray' (got 'moon')"),
        ({"format__tasks__extrct": {"rows": 3}}, "format.tasks: extrct should be one of extract, sentiment, "),
        ({"sft__steps": 1e3}, "sft.steps: should be written as an integer: 1000 (got 1000.0)"),
        ({"sft__micro_batch": 3}, "sft.micro_batch: should divide batch, which is 32 (got 3)"),
    ],
)
def test_a_bad_value_is_reported_with_the_allowed_ones(
    good_params: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    assert refused(good_params, **changes).startswith(message)


def test_a_problem_is_reported_once_with_the_key_that_was_set(good_params: dict[str, Any]) -> None:
    origin = {"ingest__sources__olist__origin": "paht", "account__sources__olist__origin": "paht"}  # by interpolation
    message = "ingest.sources.olist.origin: Input should be 'sample', 'path', 'hub' or 'url' (got 'paht')"
    assert refused(good_params, **origin) == message
    everywhere = {f"{section}lm__layers": 0 for section in ("", "base__", "card__")}
    assert refused(good_params, **everywhere) == "lm.layers: Input should be greater than or equal to 1 (got 0)"
    assert refused(good_params, base__lm__layers=0) == "base.lm.layers: Input should be greater than or equal to 1 (got 0)"
    extra = {f"{section}lm__lyers": 3 for section in ("", "base__")}
    assert refused(good_params, **extra).startswith(
        "lm.lyers: there is no such key; did you mean layers? Allowed: context, feed_forward, "
    )


def test_all_problems_are_reported_at_once(good_params: dict[str, Any]) -> None:
    assert refused(good_params, sft__steps=-1, grpo__beta=-1).count("; ") == 1


def test_a_missing_section_is_reported(good_params: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=r"sft: params\.yaml has no such section"):
        checks.check({key: value for key, value in good_params.items() if key != "sft"})


OTHER = '''"""other -- a second stage."""

from vitrine.settings import Settings
from vitrine.stage import stage


class Other(Settings):
    rows: int


@stage("other", Other)
def main(settings: Other) -> dict[str, float]:
    return {}
'''


@pytest.mark.slow
def test_a_stage_checks_all_sections_once_per_run(repo: ToyRepo) -> None:
    (repo.root / ".dvc" / "tmp").mkdir(parents=True)
    other, params = repo.root / "stages" / "other.py", repo.root / "params.yaml"
    other.write_text(OTHER)
    text = params.read_text()
    params.write_text(text + "other: {rows: many}\n")
    done = repo.toy()
    assert done.returncode == 1
    assert "vitrine toy: other.rows: Input should be a valid integer" in done.stderr
    assert not (repo.root / "metrics" / "toy.json").exists()

    params.write_text(text + "other: {rows: 3}\n")
    run = {"DVC_STAGE": "toy"}  # as started by DVC: all stages of a run have the same parent process
    done = repo.toy(**run)
    assert (done.returncode, len(done.stderr.splitlines())) == (0, 1)
    assert "params.yaml differs from conf/ in other.rows;" in done.stderr
    again = repo.toy(**run)
    assert (again.returncode, again.stderr) == (0, ""), "reported once per run"
    state = repo.root / checks.STATE_FOLDER / "params"
    key, _, *keys = state.read_text().split("\n")
    state.write_text("\n".join([key, "1", *keys]))
    assert "differs from conf/" in repo.toy(**run).stderr, "another run of DVC reports it again"
    other.write_text(OTHER.replace("rows: int", "rows: bool"))
    assert "other.rows: Input should be a valid boolean" in repo.toy(**run).stderr, "the code of the settings has changed"


@pytest.mark.slow
def test_an_integer_written_as_a_number_is_refused_in_every_way(repo: ToyRepo) -> None:
    before = (repo.root / "params.yaml").read_text()
    for words in (["vitrine.cli", "compose"], ["vitrine.cli", "set"], ["stages.toy"]):
        done = repo.python("-m", *words, "toy.rows=1e1")
        assert done.returncode != 0, words
        assert "toy.rows: should be written as an integer: 10 (got 10.0)" in done.stderr.splitlines()[-1]
    assert (repo.root / "params.yaml").read_text() == before
    assert not (repo.root / "conf" / "user" / "local.yaml").exists()


def test_saved_state_may_be_lost_or_broken(repo: ToyRepo) -> None:
    (repo.root / checks.STATE_FOLDER).mkdir(parents=True)
    for text in ("", "{", "\n\n\n"):
        (repo.root / checks.STATE_FOLDER / "params").write_text(text)
        assert repo.toy().returncode == 0, text


def test_a_path_that_dvc_yaml_does_not_declare_is_refused(good_params: dict[str, Any]) -> None:
    """DVC would remove the declared folder before the run and not record the other one."""
    assert refused(good_params, sft__model="/tmp/mine").startswith("sft.model: dvc.yaml names no such path for this stage")
    assert refused(good_params, benchmark__models={"other": "models/elsewhere"}).startswith(
        "benchmark.models: dvc.yaml names no such"
    )


def test_an_impossible_model_is_refused(good_params: dict[str, Any]) -> None:
    assert "heads (4) should be a multiple of kv_heads (3)" in refused(good_params, base__lm__kv_heads=3)
    assert "block (4096) should be at most lm.context (512)" in refused(good_params, base__block=4096)
    assert "grpo.epsilon: Input should be a finite number" in refused(good_params, grpo__epsilon=float("inf"))
