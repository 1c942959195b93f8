import pytest

from tests.conftest import composed
from vitrine.engines.settings import EngineSettings
from vitrine.errors import SettingsError
from vitrine.settings import Settings, parse


class Stage(Settings):
    engine: EngineSettings


@pytest.mark.parametrize("name", ["openvino", "vllm", "openai"])
def test_the_error_names_an_engine_that_is_not_built(name):
    with pytest.raises(SettingsError, match=f"the engine {name} is not built yet; use transformers or llama_cpp"):
        parse(Stage, "benchmark", {"engine": {"name": name, "url": "http://localhost"}})


def test_the_error_for_an_unknown_engine_lists_the_engines():
    with pytest.raises(SettingsError, match="'transformers', 'llama_cpp'"):
        parse(Stage, "benchmark", {"engine": {"name": "tgi", "batch": 8}})


def test_the_engine_is_changed_by_its_name_alone():
    """`batch` means the same in both engines: `vitrine set engine.name=llama_cpp` is enough."""
    given = composed("engine.name=llama_cpp", "+engine.weights=q8_0")
    for section in ("benchmark", "prompts"):
        engine = parse(Stage, section, {"engine": given[section]["engine"]}).engine
        assert (engine.name, engine.batch, engine.weights, engine.file) == ("llama_cpp", 128, "q8_0", None)


def test_the_settings_of_one_engine_are_unknown_to_the_other():
    with pytest.raises(SettingsError, match=r"benchmark.engine.threads: there is no such key"):
        parse(Stage, "benchmark", {"engine": {"name": "transformers", "batch": 8, "threads": 2}})
    with pytest.raises(SettingsError, match=r"benchmark.engine.batch"):
        parse(Stage, "benchmark", {"engine": {"name": "llama_cpp", "batch": 257}})
