"""The top of the report and its answers: verdicts, facts of the run, warnings, the browser of all answers."""

import base64
import copy
import hashlib
import json
import re
from dataclasses import replace

import pytest

from tests.reporting.conftest import RUN, made_answers, made_board, made_controls, render
from vitrine.reporting.cards.provenance import Origin
from vitrine.reporting.inputs import Record
from vitrine.reporting.scores import phrases
from vitrine.reporting.scores.run import ModelSource
from vitrine.tasks import TASKS


class TestHeader:
    def test_each_task_has_a_verdict_and_a_sentence(self, page):
        does = r'<span class="does">[^<]+\.</span> '
        verdicts = re.findall(rf'<span class="verdict">([^<]+)</span><p><b>([^<]+)</b> {does}([^<]+)</p>', page)
        assert [(task, verdict) for verdict, task, _ in verdicts] == [
            ("describe", "not shown"),
            ("extract", "fit"),
            ("insights", "not shown"),
            ("sentiment", "not shown"),
            ("sql", "fit"),
        ]
        sentences = {task: sentence for _, task, sentence in verdicts}
        assert re.fullmatch(
            r"GRPO scores 0\.\d+ \[.*\] on 40 prompts, 0\.\d+ \[.*\] above the best baseline \(nearest, 0\.550\) "
            r"and 0\.\d+ \[.*\] above its own replies shuffled\.",
            sentences["extract"],
        )
        assert "shuffled. Its score is not shown to reach the minimum of 0.5." in sentences["describe"]
        assert '<b>sql</b> <span class="does">writes a SQL query that answers a question about the shop.</span> GRPO' in page
        assert "<h1>GRPO is fit for 2 of 5 tasks, not shown for 3</h1>" in page

    def test_without_the_answers_of_the_controls_it_is_not_paired(self, board, answers):
        page = render(board, answers, [], [])
        assert re.search(r"<b>extract</b> <span[^<]*</span> GRPO scores [^<]*0\.\d+ \(not paired\) above the best baseline", page)
        assert "It is not shown to be above the best baseline, because it is not paired with it." in page

    def test_few_clusters_are_one_short_sentence(self):
        few = made_answers(n=4)
        page = render(made_board(few), few, [], [], controls=made_controls(few))
        assert "<h1>GRPO is not shown to be fit for any of 5 tasks</h1>" in page
        sentence = r"</span> GRPO scores 0\.\d+ \[0\.000, 1\.000\] on 4 prompts\. There are too few clusters for a test\."
        assert re.search(sentence, page)

    def test_an_ungraded_task_says_so(self, board):
        board = copy.deepcopy(board)
        for model in board["models"].values():
            model["tasks"]["general"] = {"score": None, "low": None, "high": None, "n": 5, "loss": 2.5}
        entry = '<b>general</b> <span class="does">follows an ordinary instruction.</span> This task has no reward'
        assert f'<span class="verdict">not graded</span><p>{entry}' in render(board, {}, [], [])

    def test_every_task_has_a_phrase(self):
        assert set(phrases.DOES) == set(TASKS)
        assert all(phrase[0].islower() and phrase[-1] != "." and len(phrase) <= 80 for phrase in phrases.DOES.values())
        assert all(source in TASKS[task].sources for task, source in phrases.LISTINGS.items())

    def test_listings_that_were_generated_carry_a_caveat(self, board, page):
        sample = Origin(origin="sample", rows=9, seed=7, selected=True)
        run = replace(RUN, sources={**RUN.sources, "amazon_titles": sample})
        assert render(board, {}, [], [], run=run).count(phrases.CAVEAT) == 1, "describe alone is about listings"
        published = replace(run, sources={**run.sources, "amazon_titles": sample.model_copy(update={"origin": "path"})})
        assert phrases.CAVEAT not in render(board, {}, [], [], run=published)

    def test_it_names_the_run(self, board, inputs, page):
        for text in ("generated sample (2 sources)", "vitrine at scale cpu", "4 layers of width 128", RUN.fingerprint(board)):
            assert text in page
        assert "1.3 million parameters" in render(board, {}, [], [Record("base", "", {"parameters": 1_284_352})])

    def test_a_smoke_run_and_a_generated_sample_say_so(self, board, page):
        assert "All data are a generated sample" in page and "smoke run" not in page
        assert "This is a smoke run." in render(board, {}, [], [], run=replace(RUN, scale="smoke"))
        own = {"olist": Origin(origin="path", rows=0, seed=7, selected=True)}
        real = render(board, {}, [], [], run=replace(RUN, sources=own, provenance={"olist": "own"}))
        assert "your own files (olist)" in real and "generated sample" not in real

    @pytest.mark.parametrize(
        ("origin", "provenance", "words"),
        [
            ("path", "published", "the publisher's files (olist)"),
            ("path", "own", "your own files (olist)"),
            ("path", "mixed", "the publisher's files and your own (olist)"),
            ("hub", "published", "the publisher's files, from a hub at a fixed revision (olist)"),
            ("url", "own", "your own files, from the web, checked by hash (olist)"),
            ("path", None, "files of unknown provenance (olist)"),
        ],
    )
    def test_it_says_whose_files_were_read(self, origin, provenance, words):
        sources = {"olist": Origin(origin=origin, rows=0, seed=7, selected=True)}
        run = replace(RUN, sources=sources, provenance={"olist": provenance} if provenance else {})
        assert run.data == words

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("/home/maria/models/tucano", "tucano"),
            ("./models/tucano/", "tucano"),
            ("~/tucano", "tucano"),
            ("C:\\Users\\maria\\tucano", "tucano"),
            ("models/mine/tucano", "tucano"),
            ("TucanoBR/Tucano-160m", "TucanoBR/Tucano-160m"),
        ],
    )
    def test_a_base_model_in_a_folder_is_named_without_the_folders_above(self, name, shown):
        run = replace(RUN, model=ModelSource(origin="hub", name=name, revision="abc"))
        assert run.base == f"{shown} at abc"

    def test_a_delivered_model_that_is_worse_overall_is_a_warning(self, board, page):
        worse = copy.deepcopy(board)
        for row in worse["differences"]:
            if (row["better"], row["task"], row["decoding"]) == ("grpo", "overall", "greedy"):
                row |= {"mean": -0.1, "low": -0.2, "high": -0.05, "shown": True}
        assert "Compare both models in the results before you deliver GRPO" in render(worse, {}, [], [])
        assert "before you deliver" not in page


class TestAnswers:
    def data(self, page):
        (text,) = re.findall(r'<script type="application/json" id="answers-data">(.*?)</script>', page, re.DOTALL)
        return json.loads(text)

    def test_the_page_holds_every_answer_with_its_grade(self, page, answers):
        data = self.data(page)
        assert [model["name"] for model in data["models"]] == ["Base", "SFT", "GRPO"]
        assert len(data["prompts"]) == 200 and "This file holds 200 of 200 prompts with 600 answers." in page
        assert {answer[3] for prompt in data["prompts"] for answer in prompt["answers"]} == {"right", "partly", "wrong"}

    def test_the_browser_opens_on_the_delivered_model(self, page):
        assert re.findall(r'<option value="\d"( selected)?>([^<]+)</option>', page) == [
            ("", "Base"),
            ("", "SFT"),
            (" selected", "GRPO"),
        ]

    def test_a_limit_takes_prompts_of_all_tasks_in_turn(self, board, answers):
        page = render(board, answers, [], [], embedded=20_000)
        held = [prompt["task"] for prompt in self.data(page)["prompts"]]
        assert 5 < len(held) < 100 and set(held[:5]) == set(board["controls"])
        assert f"This file holds {len(held)} of 200 prompts" in page

    def test_the_script_is_the_one_that_the_policy_allows(self, page):
        (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
        allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"script-src 'sha256-{allowed}'" in page
        for risky in ("innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "fetch(", "XMLHttpRequest", "document.write"):
            assert risky not in script
