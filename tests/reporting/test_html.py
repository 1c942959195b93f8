"""The report as HTML: its sections, its sentences, hostile text, missing inputs."""

import copy
import re
from html.parser import HTMLParser
from typing import ClassVar

import pytest

from tests.reporting.conftest import render
from vitrine.reporting.inputs import read_curve, read_records
from vitrine.reporting.scores.sections import comparison

HOSTILE = [
    "<script>alert(1)</script>",
    "</style></pre></details></body><h1>mine</h1>",
    '"><img src=x onerror=alert(1)>',
    "<!-- <![CDATA[ ]]>",
    "{{ 7 * 7 }} {% raw %}",
    "a\x00b\x1b[31mc",
    "\u202egnp.exe \u2066x",
    "&lt;b&gt; &amp;#0;",
    "\ud800 half",
    "a" * 30_000,
    "\n" * 3_000,
]
FOLDS = {"details", "summary", "pre", "span"}  # tags that depend on the length of a text
VOID = {"meta", "link", "br", "img", "hr", "input"}


class Page(HTMLParser):
    """The tags of a page, with a check that each that opens is closed in order."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.attributes, self.texts = [], [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def test_every_section_is_there_and_linked(page):
    titles = re.findall(r"<h2[^>]*>([^<]+)</h2>", page)
    assert titles == [
        *("Results", "How to read this", "Controls", "Differences", "Task measures"),
        *("Training", "Data", "Examples", "All answers"),
    ]
    (contents,) = re.findall(r"<nav.*?</nav>", page, re.DOTALL)
    assert re.findall(r">([^<]+)</a>", contents) == titles
    assert re.findall(r'href="#(\w+)"', contents) == re.findall(r'<h2 id="(\w+)"', page)
    assert Page(page).tags.count("article") == 5 * 3


def test_detail_is_folded(page):
    assert page.count("<section") - page.count('<section aria-labelledby="results"') == len(
        re.findall(r"<section[^>]*>\s*<details>", page)
    )
    assert "<details open" not in page


def test_same_inputs_same_bytes(page, board, answers, controls, inputs):
    assert render(copy.deepcopy(board), answers, *inputs, controls=controls) == page


def test_it_makes_no_request(page):
    assert "default-src 'none'" in page
    parsed = Page(page)
    assert parsed.tags.count("script") == 2  # the answers as data, and the script that filters them
    assert not {"img", "iframe", "object", "video", "form", "base"} & set(parsed.tags)
    for tag, name, value in parsed.attributes:
        assert not name.startswith("on")
        assert name not in {"src", "srcset", "action", "xlink:href"}
        if name == "href":
            assert value in {"data:,", "accounting.html"} or value.startswith("#"), tag  # accounting.html lies beside this page
    assert "://" not in page
    for loads in ("url(", "@import", "@font-face"):
        assert loads not in page


def test_a_screen_reader_gets_captions_labels_and_headings(page):
    parsed = Page(page)
    assert parsed.tags.count("caption") == parsed.tags.count("table")
    assert parsed.tags.count("h1") == parsed.tags.count("main") == 1
    labels = [name for tag, name, _ in parsed.attributes if tag == "svg" and name in {"aria-label", "aria-hidden"}]
    assert len(labels) == parsed.tags.count("svg")
    scopes = [tag for tag, name, _ in parsed.attributes if tag == "th" and name == "scope"]
    assert len(scopes) == parsed.tags.count("th")
    ids = [value for _, name, value in parsed.attributes if name == "id"]
    assert len(set(ids)) == len(ids)
    titles = {value for _, name, value in parsed.attributes if name == "aria-labelledby"}
    assert titles == {value for value in ids if not value.startswith("answers-")}


def luminance(colour):
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_colours_have_enough_contrast(page):
    themes = [dict(re.findall(r"--(\w+): (#\w{6})", block)) for block in re.findall(r":root \{(.*?)\}", page, re.DOTALL)]
    assert len(themes) == 2
    for theme in themes:
        for ground in ("paper", "soft"):
            for name, wanted in [("ink", 7.0), ("quiet", 4.5), *((f"m{tone}", 3.0) for tone in range(6))]:
                one, other = sorted([luminance(theme[name]), luminance(theme[ground])])
                assert (other + 0.05) / (one + 0.05) >= wanted, (name, ground)


def test_a_score_is_bold_only_if_its_gain_is_shown(board, page):
    gains = [
        row
        for row in board["differences"]
        if row["decoding"] == "greedy" and row["shown"] and row["mean"] > 0 and row["reads_prompt"]
    ]
    assert 0 < len(gains) < len([row for row in board["differences"] if row["decoding"] == "greedy"])
    assert page.count("(shown gain)") == len(gains)
    unsure = copy.deepcopy(board)
    for row in unsure["differences"]:
        row["shown"] = False
    assert "(shown gain)" not in render(unsure, {}, [], [])


def test_models_come_in_the_order_of_the_pipeline(page):
    assert re.findall(r"<span><span[^>]*></span>(\w+)</span>", page)[:3] == ["Base", "SFT", "GRPO"]


def test_the_page_says_where_times_are_and_holds_none(board):
    page = render(board, {}, [], [])
    assert "timings/" in page
    assert render(board | {"seconds": 75.25, "peak_mb": 912.4}, {}, [], []) == page


class TestComparison:
    ROW: ClassVar = {
        "better": "grpo",
        "than": "sft",
        "task": "overall",
        "decoding": "sampled",
        "n": 600,
        "p": 0.01,
        "p_holm": 0.01,
    }

    @pytest.mark.parametrize(
        ("mean", "low", "high", "p", "sentence"),
        [
            (0.031, 0.012, 0.05, 0.01, "GRPO is above SFT by 0.031 [0.012, 0.050], n = 600, sampled."),
            (-0.031, -0.05, -0.012, 0.049, "GRPO is below SFT by 0.031 [0.012, 0.050], n = 600, sampled."),
            (0.004, -0.01, 0.018, 0.3, "No difference shown: GRPO − SFT is +0.004 [−0.010, 0.018], n = 600, sampled."),
            (0.031, 0.012, 0.05, 0.093, "No difference shown: GRPO − SFT is +0.031 [0.012, 0.050], n = 600, sampled."),
            (0.0, 0.0, 0.0, 1.0, "No difference shown: GRPO − SFT is 0.000 [0.000, 0.000], n = 600, sampled."),
        ],
    )
    def test_the_adjusted_p_value_decides(self, mean, low, high, p, sentence):
        assert comparison(self.ROW | {"mean": mean, "low": low, "high": high, "p_holm": p}) == sentence

    @pytest.mark.parametrize(
        ("reads", "sentence"),
        [
            (True, "n = 600, sampled, and it is shown to read the prompt (own − shuffled: +0.020 [0.010, 0.030])."),
            (False, "n = 600, sampled, but it is not shown to read the prompt (own − shuffled: +0.020 [0.010, 0.030])."),
        ],
    )
    def test_a_gain_says_whether_the_prompt_was_read(self, reads, sentence):
        reading = {"own_less_shuffled": 0.02, "own_less_shuffled_low": 0.01, "own_less_shuffled_high": 0.03}
        row = self.ROW | {"mean": 0.031, "low": 0.012, "high": 0.05, "shown": True, "reads_prompt": reads} | reading
        assert comparison(row).endswith(sentence)
        assert "prompt" not in comparison(row | {"shown": False}) and "prompt" not in comparison(row | {"mean": -0.031})

    def test_an_older_scoreboard_is_read_by_its_adjusted_p_value(self):
        row = self.ROW | {"mean": 0.031, "low": 0.001, "high": 0.05}
        assert "above" in comparison(row) and "No difference shown" in comparison(row | {"p_holm": 0.093})

    def test_other_models_keep_their_names(self):
        row = self.ROW | {"better": "grpo-8", "than": "base", "mean": 0.1, "low": 0.05, "high": 0.2}
        assert comparison(row).startswith("grpo-8 is above Base")


class TestHostile:
    @pytest.fixture(scope="class")
    def clean_tags(self, board, answers):
        return [tag for tag in Page(render(board, answers, [], [])).tags if tag not in FOLDS]

    @pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
    def test_text_stays_text(self, board, answers, clean_tags, text):
        everywhere = {"answer": text, "prompt": text}
        bad = {
            model: [row | everywhere | {"gold": text if row["gold"] else None} for row in rows] for model, rows in answers.items()
        }
        hostile = render(board, bad, [], [])
        hostile.encode()
        assert not {"\x00", "\x1b", "\u202e"} & set(hostile)
        tags = [tag for tag in Page(hostile).tags if tag not in FOLDS]
        assert tags == clean_tags
        assert len(hostile) < 6_000_000

    def test_a_reply_with_markup_can_be_read(self, board, answers):
        bad = {model: [row | {"answer": HOSTILE[0]} for row in rows] for model, rows in answers.items()}
        assert HOSTILE[0] in Page(render(board, bad, [], [])).texts

    def test_names_with_markup_stay_text(self, board):
        bad = copy.deepcopy(board)
        evil = '"><script>x</script>'
        bad["suite"]["name"] = evil
        bad["models"][evil] = bad["models"].pop("sft")
        for row in bad["differences"]:
            for key in ("better", "than"):
                row[key] = evil if row[key] == "sft" else row[key]
        for model in bad["models"].values():
            model["tasks"][evil] = model["tasks"].pop("sql") | {evil: 1.0}
        assert Page(render(bad, {}, [], [])).tags.count("script") == 1

    def test_long_text_is_folded_and_short_text_is_not(self, board, answers):
        short = {model: [row | {"prompt": "p", "gold": "g", "answer": "a"} for row in rows] for model, rows in answers.items()}
        sections = Page(render(board, short, [], [])).tags.count("details")
        long = {model: [row | {"answer": "word " * 200} for row in rows] for model, rows in short.items()}
        assert Page(render(board, long, [], [])).tags.count("details") == sections + 5 * 3 * 3


class TestMissing:
    def test_the_scoreboard_alone_makes_a_page(self, board):
        page = render(board, {}, [], [])
        for sentence in ("No training curves", "No stage reported", "No answers were given"):
            assert sentence in page

    def test_no_curve_says_why(self, board, tmp_path):
        page = render(board, {}, [read_curve("grpo", tmp_path / "grpo.csv")], read_records([tmp_path / "clean/olist.json"]))
        assert "grpo.csv does not exist" in page
        assert "olist.json does not exist" in page

    def test_a_curve_without_finite_values_says_so(self, board, tmp_path):
        (tmp_path / "sft.csv").write_text("step,loss\n1,nan\n2,nan\n")
        assert "2 of 2 values are not finite" in render(board, {}, [read_curve("sft", tmp_path / "sft.csv")], [])

    def test_a_single_model_is_not_compared(self, board, answers):
        alone = copy.deepcopy(board) | {"models": {"sft": board["models"]["sft"]}, "differences": []}
        page = render(alone, {"sft": answers["sft"]}, [], [])
        assert "There is only one model here" in page
        assert "(shown gain)" not in page

    def test_a_model_without_a_task_and_a_task_without_a_grade(self, board):
        board = copy.deepcopy(board)
        del board["models"]["base"]["tasks"]["sql"]
        for model in board["models"].values():
            model["tasks"]["general"] = {"score": None, "low": None, "high": None, "n": 5, "loss": 2.5}
        assert "not graded" in render(board, {}, [], [])

    def test_optional_keys_of_the_scoreboard_may_be_missing(self, board):
        plain = copy.deepcopy(board)
        for model in plain["models"].values():
            for scores in (model["overall"], *model["tasks"].values()):
                for key in ("sampled_low", "sampled_high", "sampled_n"):
                    del scores[key]
        for row in plain["differences"]:
            del row["p_holm"]
        render(plain, {}, [], [])

    def test_no_examples_requested(self, board, answers):
        assert "<article" not in render(board, answers, [], [], examples=0)


class TestControls:
    def test_every_control_is_beside_every_model(self, board, page):
        text = "".join(Page(page).texts)
        own = board["models"]["grpo"]["tasks"]["insights"]["score"]
        shuffled = board["controls"]["insights"]["shuffled"]["grpo"]
        assert f"{own:.3f}{shuffled:.3f} shuffled" in text
        for value in ("0.120", "0.410", "0.780", "0.600", "0.210", "0.330", "0.550"):
            assert value in text

    def test_warnings_are_sentences(self, page):
        (warned,) = re.findall(r'<ul class="warned">(.*?)</ul>', page, re.DOTALL)
        assert "insights: one reply to every prompt earns 0.780, more than Base" in warned
        assert "describe: one reply" not in warned and "sql: shuffled" not in warned
        assert "insights: shuffled among the prompts, the answers of GRPO still earn" in warned and "(95 %)" in warned

    def test_each_difference_says_whether_it_is_shown(self, board, page):
        words = re.findall(r'<small class="word">([^<]+)</small>', page)
        assert len(words) == len(board["differences"])
        assert {"shown", "not shown", "not shown to read the prompt"} == set(words)

    def test_a_scoreboard_without_controls_says_so(self, board):
        older = {key: value for key, value in board.items() if key != "controls"}
        assert "made without controls" in render(older, {}, [], [])

    def test_task_measures_have_intervals(self, board, page):
        low, high = board["models"]["sft"]["tasks"]["sql"]["intervals"]["execution_accuracy"]
        assert f"{low:.3f} – {high:.3f}" in page
