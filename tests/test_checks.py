"""All of params.yaml is checked, whichever section is at fault, in one sentence; once for all stages of a run."""

import copy
from typing import Any

import pytest

from tests.conftest import House, composed
from vitrine import checks
from vitrine.errors import SettingsError


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    return composed()


def refused(values: dict[str, Any], **changes: Any) -> str:
    """What is said when these keys, with __ for a dot, hold these values."""
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
    ("changes", "said"),
    [
        (
            {"grpo__temperature": "hot"},
            "grpo.temperature: Input should be a valid number, unable to parse string as a number (got",
        ),
        ({"grpo__temperature": -3}, "grpo.temperature: Input should be greater than 0 (got -3)"),
        ({"grpo__generations": 3}, "grpo.batch: should be a multiple of generations, which is 3 (got 64)"),
        ({"paths__row": "x"}, "paths.row: there is no such key; allowed: accounting, answers, "),
        ({"tracking__url": "x"}, "tracking.url: there is no such key; allowed: enabled, experiment, uri"),
        ({"grop__temperature": 1}, "grop: there is no such section; allowed: account, base, "),
        ({"ingest__sources": 3}, "ingest.source: should be one of olist, "),
        ({"clean__sources": None}, "clean.source: should be one of olist, "),
        ({"sft": 3}, "sft: must be a section with keys (got 3)"),
        ({"launch__name": "moon", "clean__launch__name": "moon"}, "launch.name: Input should be 'local' or 'ray' (got 'moon')"),
        ({"format__tasks__extrct": {"rows": 3}}, "format.tasks: extrct should be one of extract, sentiment, "),
        ({"sft__micro_batch": 3}, "sft.micro_batch: should divide batch, which is 32 (got 3)"),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(whole: dict[str, Any], changes: dict[str, Any], said: str) -> None:
    assert refused(whole, **changes).startswith(said)


def test_a_problem_is_said_once_and_by_the_key_that_was_set(whole: dict[str, Any]) -> None:
    origin = {"ingest__sources__olist__origin": "paht", "account__sources__olist__origin": "paht"}  # by interpolation
    said = "ingest.sources.olist.origin: Input should be 'sample', 'path', 'hub' or 'url' (got 'paht')"
    assert refused(whole, **origin) == said
    everywhere = {f"{section}lm__layers": 0 for section in ("", "base__", "card__")}
    assert refused(whole, **everywhere) == "lm.layers: Input should be greater than or equal to 1 (got 0)"
    assert refused(whole, base__lm__layers=0) == "base.lm.layers: Input should be greater than or equal to 1 (got 0)"
    extra = {f"{section}lm__lyers": 3 for section in ("", "base__")}
    assert refused(whole, **extra).startswith("lm.lyers: there is no such key; allowed: context, feed_forward, ")


def test_all_problems_are_said_at_once(whole: dict[str, Any]) -> None:
    assert refused(whole, sft__steps=-1, grpo__beta=-1).count("; ") == 1


def test_a_section_that_is_missing_is_named(whole: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=r"sft: params\.yaml has no such section"):
        checks.check({key: value for key, value in whole.items() if key != "sft"})


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
def test_a_stage_checks_the_sections_of_the_others_once_a_run(house: House) -> None:
    (house.root / ".dvc" / "tmp").mkdir(parents=True)
    other, params = house.root / "stages" / "other.py", house.root / "params.yaml"
    other.write_text(OTHER)
    text = params.read_text()
    params.write_text(text + "other: {rows: many}\n")
    done = house.toy()
    assert done.returncode == 1
    assert "vitrine toy: other.rows: Input should be a valid integer" in done.stderr
    assert not (house.root / "metrics" / "toy.json").exists()

    params.write_text(text + "other: {rows: 3}\n")
    run = {"DVC_STAGE": "toy"}  # as DVC starts its stages, all of one run with one parent
    done = house.toy(**run)
    assert (done.returncode, len(done.stderr.splitlines())) == (0, 1)
    assert "params.yaml differs from conf/ in other.rows;" in done.stderr
    again = house.toy(**run)
    assert (again.returncode, again.stderr) == (0, ""), "one line a run"
    memory = house.root / checks.MEMORY / "params"
    key, _, *keys = memory.read_text().split("\n")
    memory.write_text("\n".join([key, "1", *keys]))
    assert "differs from conf/" in house.toy(**run).stderr, "another run of DVC says it again"
    other.write_text(OTHER.replace("rows: int", "rows: bool"))
    assert "other.rows: Input should be a valid boolean" in house.toy(**run).stderr, "the code of the settings has changed"


@pytest.mark.slow
def test_what_was_remembered_may_be_lost_or_broken(house: House) -> None:
    (house.root / checks.MEMORY).mkdir(parents=True)
    for text in ("", "{", "\n\n\n"):
        (house.root / checks.MEMORY / "params").write_text(text)
        assert house.toy().returncode == 0, text


def test_a_path_that_dvc_does_not_know_is_refused(whole: dict[str, Any]) -> None:
    """DVC would remove the declared folder before the run, and record nothing of the other one."""
    assert refused(whole, sft__model="/tmp/mine").startswith("sft.model: dvc.yaml names no such path for this stage")
    assert refused(whole, benchmark__models={"other": "models/elsewhere"}).startswith("benchmark.models: dvc.yaml names no such")


def test_a_model_that_cannot_be_built_is_refused(whole: dict[str, Any]) -> None:
    assert "heads (4) should be a multiple of kv_heads (3)" in refused(whole, base__lm__kv_heads=3)
    assert "block (4096) should be at most lm.context (512)" in refused(whole, base__block=4096)
    assert "grpo.epsilon: Input should be a finite number" in refused(whole, grpo__epsilon=float("inf"))
