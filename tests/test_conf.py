"""conf/: every recipe, scale, hardware and option composes into valid settings; recipes hold the published values."""

import itertools
import math
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import composed
from vitrine import checks
from vitrine.params import CONF, differences, leaves
from vitrine.tasks import TASKS

ROOT = Path(__file__).resolve().parents[1]
PARAMS = composed()


def test_params_yaml_is_composed_from_conf() -> None:
    """The file or its committed version: an experiment and `vitrine set` change the file."""
    committed = subprocess.run(["git", "show", "HEAD:./params.yaml"], cwd=ROOT, capture_output=True, text=True).stdout
    versions = [yaml.safe_load(text) for text in ((ROOT / "params.yaml").read_text(), committed)]
    keys = [[key for key, _, _ in differences(values or {}, PARAMS)] for values in versions]
    assert [] in keys, f"run `make params`: {keys[0]}"


def options() -> dict[str, list[str]]:
    """The options of each group in config.yaml."""
    entries = [entry for entry in yaml.safe_load((CONF / "config.yaml").read_text())["defaults"] if isinstance(entry, dict)]
    names_of = {}
    for entry in entries:
        ((group, chosen),) = entry.items()
        folder = CONF / group.removeprefix("optional ").partition("@")[0]
        names = [option.stem for option in sorted(folder.glob("*.yaml"))]
        names_of[group] = [name for name in names if "@" not in group or name == chosen]  # each source has its own block
    return names_of


RECIPES, SCALES, MACHINES = (options()[group] for group in ("recipe", "scale", "hardware"))


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize(
    "pairs",
    [
        pytest.param(list(zip(SCALES, itertools.cycle(MACHINES), strict=False)), id="scales, hardware in turn"),
        pytest.param(list(itertools.product(SCALES, MACHINES)), id="all", marks=pytest.mark.slow),
    ],
)
def test_every_recipe_is_valid_at_every_scale_and_hardware(recipe: str, pairs: list[tuple[str, str]]) -> None:
    active = {}
    for scale, machine in pairs:
        params = composed(f"recipe={recipe}", f"scale={scale}", f"hardware={machine}")
        checks.check(params)
        active[scale] = {name for name, amount in params["format"]["tasks"].items() if amount["rows"]}
        unread = [name for name, block in params["ingest"]["sources"].items() if not block["selected"]]
        assert not [name for name in active[scale] if set(TASKS[name].sources) & set(unread)], "a task without examples"
        active[scale] |= {"GRPO"} if params["grpo"]["steps"] else set()
    assert not [scale for scale in SCALES if active[scale] - active["full"]], "a scale has tasks that the recipe does not have"


# The test above composes the options that a recipe chooses at some scale; they have its name. Alone they are slow tests.
OF_A_RECIPE = {*RECIPES, *(f"{scale}_{recipe}" for scale in SCALES for recipe in RECIPES)} - {"vitrine"}


@pytest.mark.parametrize(
    "override",
    [
        pytest.param(f"{group}={option}", marks=[pytest.mark.slow] if option in OF_A_RECIPE else [])
        for group, names in options().items()
        if group not in ("recipe", "scale", "hardware") and not group.startswith("optional ")
        for option in names
        if len(names) > 1
    ],
)
def test_every_option_of_every_group_is_valid(override: str) -> None:
    checks.check(composed(override))


def test_every_file_of_conf_is_used() -> None:
    named = {
        f"{group.removeprefix('optional ').partition('@')[0]}={name}" for group, names in options().items() for name in names
    }
    assert {f"{path.parent.name}={path.stem}" for path in CONF.glob("*/*.yaml")} - {"user=local"} == named - {"user=local"}
    sizes = {f"{scale}_{recipe}" for scale in SCALES for recipe in RECIPES}
    assert set(options()["optional sizes"]) <= sizes, "sizes of an unknown recipe or scale"


@pytest.mark.parametrize("recipe", RECIPES)
def test_full_scale_does_not_change_a_recipe(recipe: str) -> None:
    assert set(yaml.safe_load((CONF / "scale" / "full.yaml").read_text()) or {}) == set()
    assert f"full_{recipe}" not in options()["optional sizes"]
    on_gpu, on_cpu = (composed(f"recipe={recipe}", "scale=full", f"hardware={name}") for name in ("gpu", "cpu"))
    hardware = re.compile(r"(\w+\.)?(load|engine)\..*|\w+\.(micro_batch|precision|checkpointing)")
    assert [key for key, _, _ in differences(on_gpu, on_cpu) if not hardware.fullmatch(key)] == []


def test_the_lora_preset_replaces_the_recipes_method() -> None:
    preset = {"name": "lora", "rank": 256, "alpha": 32, "dropout": 0.0, "learning_rate_factor": 10.0}
    for recipe in RECIPES:
        assert composed(f"recipe={recipe}", "method=lora_without_regret")["sft"]["method"] == preset


# The published values of the recipes, if there is a key for them.
PUBLISHED: dict[str, dict[str, Any]] = {
    "tucano2": {
        "lm.name": "Polygl0t/Tucano2-qwen-3.7B-Instruct",
        "load.quantisation": "nf4",
        "sft.method.name": "qlora",
        "tasks": {"extract", "sentiment", "sql", "insights", "churn", "general"},
        "grpo.temperature": 1.0,
        "grpo.generations": 8,
        "prompts": 300,
        "grpo.max_tokens": 2048,
        "grpo.scale_rewards": "none",
        "grpo.steps": 300,
        "grpo.batch": 4 * 2,
    },
    "llama32": {
        "lm.name": "meta-llama/Llama-3.2-1B-Instruct",
        "load.quantisation": "nf4",
        "tasks": {"describe", "general"},
        "format.tasks.describe.rows": 50_000,
        "format.listings.strata": 4,
        "clean.sources.amazon_titles.min_title_chars": 10,
        "sft.method.name": "qlora",
        "sft.method.rank": 32,
        "sft.method.alpha": 64,
        "sft.learning_rate": 3e-5,
        "sft.steps": 3 * math.ceil(50_000 / 32),
        "sft.batch": 16 * 2,
        "sft.packing": True,
        "sft.optimizer": "paged_adamw_8bit",
        "sft.decay": "cosine",
        "sft.warmup": 10,
        "sft.context": 2048,
        "grpo.steps": 0,
    },
    "ecinstruct": {
        "lm.name": "mistralai/Mistral-7B-Instruct-v0.2",
        "load.quantisation": "nf4",
        "sft.method.name": "qlora",
        "sft.method.rank": 32,
        "sft.method.alpha": 64,
        "grpo.steps": 0,
    },
    "deepseek_r1": {
        "lm.name": "deepseek-ai/DeepSeek-R1-Distill-Llama-8B",
        "lm.template": "r1",
        "load.quantisation": None,
        "tasks": {"shopping"},
        "format.tasks.shopping.rows": 2000,
        "sft.method.name": "lora",
        "sft.learning_rate": 2e-4,
        "sft.steps": 120,
        "sft.batch": 2 * 4,
        "sft.optimizer": "adamw_8bit",
        "sft.decay": "linear",
        "sft.warmup": 5,
        "sft.weight_decay": 0.01,
        "sft.context": 2048,
        "sft.seed": 3407,
        "benchmark.temperature": 0.2,
        "grpo.steps": 0,
    },
}


@pytest.mark.parametrize("recipe", PUBLISHED)
def test_a_recipe_at_full_scale_has_the_published_values(recipe: str) -> None:
    params = composed(f"recipe={recipe}", "scale=full", "hardware=gpu")
    values = leaves(params) | {
        "tasks": {name for name, amount in params["format"]["tasks"].items() if amount["rows"]},
        "prompts": sum(amount["rows"] for amount in params["prompts"]["tasks"].values()),
    }
    assert {key: values[key] for key in PUBLISHED[recipe]} == PUBLISHED[recipe]


def test_the_ecinstruct_recipe_has_10_percent_general_instructions() -> None:
    rows = {name: amount["rows"] for name, amount in composed("recipe=ecinstruct", "scale=full")["format"]["tasks"].items()}
    assert {"classify", "attributes", "qa"} < set(rows)
    assert 0.08 < rows["general"] / sum(rows.values()) < 0.12


def test_a_chosen_model_replaces_all_keys_of_the_scales_model() -> None:
    assert composed("scale=smoke", "lm=vitrine")["lm"] == yaml.safe_load((CONF / "lm" / "vitrine.yaml").read_text())


def test_grpo_temperature_changes_no_other_stage() -> None:
    """Otherwise an experiment with it would also sample prompts and score models at another temperature."""
    assert [key for key, _, _ in differences(composed(), composed("grpo.temperature=1.3"))] == ["grpo.temperature"]


def test_by_default_no_prompt_is_sampled() -> None:
    assert {amount["samples"] for amount in PARAMS["prompts"]["tasks"].values()} == {0}


@pytest.mark.parametrize("file", sorted(CONF.rglob("*.yaml")), ids=lambda file: file.relative_to(CONF).as_posix())
def test_conf_does_not_read_the_environment(file: Path) -> None:
    resolvers = re.findall(r"\$\{(oc\.env|oc\.decode|hydra|now)\b[^}]*\}", file.read_text())
    assert not resolvers, "`dvc exp run` would write the value into params.yaml, and Git would keep it"


def test_conf_holds_no_secrets() -> None:
    keys = [key for key, _, _ in differences({}, PARAMS)]
    assert not [key for key in keys if re.search(r"(?i)(password|secret|api_key|access_key|_token$|^token$)", key)]
