import pytest

from vitrine.engines.settings import EngineSettings
from vitrine.errors import SettingsError
from vitrine.settings import Settings, parse


class Stage(Settings):
    engine: EngineSettings


@pytest.mark.parametrize("name", ["llama_cpp", "openvino", "vllm", "openai"])
def test_an_engine_that_is_not_built_is_refused_with_its_name(name):
    with pytest.raises(SettingsError, match=f"the engine {name} is not built yet; use transformers"):
        parse(Stage, "benchmark", {"engine": {"name": name, "url": "http://localhost"}})


def test_an_engine_that_there_is_not_names_those_there_are():
    with pytest.raises(SettingsError, match="'transformers', 'llama_cpp'"):
        parse(Stage, "benchmark", {"engine": {"name": "tgi", "batch": 8}})
