"""atributos: the prompt, the examples, items and alternatives, the baseline, and the published systems' scores."""

import json

import pytest

from benchmarks import pave_br
from vitrine.facts import annotated
from vitrine.tasks.atributos import TASK
from vitrine.tasks.longest_match import LongestMatch

EXAMPLE = {
    "id": "1",
    "entity": "x",
    "type": "TV",
    "title": "Smart TV Aurivale 50 polegadas 4K",
    "description": None,
    "attributes": ["marca", "resolucao", "cor", "conectividade"],
    "values": {"marca": "Aurivale", "resolucao": "4K / Ultra HD", "cor": "", "conectividade": "[HDMI, Wi-Fi]"},
}


def components(**reply):
    return TASK.grade(json.dumps(reply), TASK.facts(EXAMPLE)).components


def test_prompt_and_gold():
    assert TASK.prompt(EXAMPLE).splitlines()[1:] == [
        "Atributos: marca, resolucao, cor, conectividade",
        "Produto: TV",
        "Título: Smart TV Aurivale 50 polegadas 4K",
    ]
    gold = {"marca": "Aurivale", "resolucao": "4K / Ultra HD", "cor": None, "conectividade": ["HDMI", "Wi-Fi"]}
    assert json.loads(TASK.gold(EXAMPLE)) == gold


@pytest.mark.parametrize(
    ("reply", "counts"),
    [
        ({"marca": "AURIVALE", "resolucao": "4k", "cor": "Não informado", "conectividade": "Wi-Fi e HDMI"}, (4, 0, 0)),
        ({"marca": "Aurivale", "resolucao": "Ultra HD", "cor": "-", "conectividade": ["HDMI"]}, (3, 0, 1)),
        ({"marca": "Aurivale", "resolucao": "4K / 8K / HD", "cor": "Preto", "conectividade": None}, (2, 3, 2)),
        ({"Marca": "Outra"}, (0, 1, 4)),
    ],
)
def test_pairs(reply, counts):
    found = components(**reply)
    assert (found["tp"], found["fp"], found["fn"]) == counts


def test_examples_share_titles_as_entities_and_cut_descriptions(example_config):
    rows = TASK.examples(example_config, limit=200, seed=7)
    assert len({row["type"] for row in rows}) == 8 and all("vendor" not in row for row in rows)
    assert len({tuple(row["attributes"]) for row in rows}) > 40, "prompts about a type would share a long text"
    assert all(list(row["values"]) == row["attributes"] for row in rows)
    row = {
        "id": "1",
        "type": "TV",
        "title": "Smart  TV É",
        "attributes": ["cor"],
        "values": ["Preto"],
        "description": "palavra " * 200,
    }
    made = annotated.example(row)
    assert made["entity"] == "smart tv e" and len(made["description"]) <= annotated.DESCRIPTION and made["description"][-1] == "a"


def test_the_longest_training_value_in_the_text_is_predicted():
    training = [EXAMPLE | {"values": values} for values in ({"marca": "Auri"}, {"marca": "Aurivale"}, {"resolucao": "4K"})]
    training += [EXAMPLE | {"values": {"conectividade": "HDMI, Wi-Fi", "marca": "Zeta"}}] * 2
    found = LongestMatch(training).predict(EXAMPLE | {"description": "Wi-Fi e bluetooth"})
    assert found == {"marca": ["Aurivale"], "resolucao": ["4K"], "cor": [], "conectividade": []}
    assert LongestMatch(training).most_common(EXAMPLE)["marca"] == ["Zeta"]
    assert LongestMatch(training).predict(EXAMPLE | {"type": "Fogão"})["marca"] == []


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pave_br, "SAMPLE", 240)
        patch.setattr(pave_br, "DRAWS", 1_000)
        return pave_br.figures(pave_br.listings(None, tmp_path_factory.mktemp("pave")))


def test_systems_and_baselines_are_scored_by_every_metric(figures):
    scores = figures["scores"]
    assert set(scores["written"]) == {"vendor", "model"} and set(scores["task"]) == {*pave_br.PUBLISHED, *pave_br.BASELINES}
    for of in scores.values():
        assert all(system["interval"][0] <= system["f1"] <= system["interval"][1] for system in of.values())
    model = [scores[metric]["model"]["f1"] for metric in pave_br.METRICS]
    assert model[0] < model[1] < model[2], "spellings count as right one metric after the other"
    assert scores["task"]["longest match"]["f1"] > scores["task"]["most common"]["f1"] + 0.2


def test_differences_are_paired_and_corrected(figures):
    for pair in figures["differences"]:
        of = figures["scores"][pair["metric"]]
        assert pair["mean"] == pytest.approx(of[pair["better"]]["f1"] - of[pair["than"]]["f1"], abs=2e-4)
        assert pair["interval"][0] <= pair["mean"] <= pair["interval"][1] and 0 < pair["p"] <= pair["p_holm"] <= 1
