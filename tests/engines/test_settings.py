import pytest

from vitrine.engines.settings import EngineSettings
from vitrine.errors import SettingsError
from vitrine.settings import Settings, parse


class Stage(Settings):
    engine: EngineSettings


@pytest.mark.parametrize("name", ["llama_cpp", "openvino", "vllm", "openai"])
def test_the_error_names_an_engine_that_is_not_built(name):
    with pytest.raises(SettingsError, match=f"the engine {name} is not built yet; use transformers"):
        parse(Stage, "benchmark", {"engine": {"name": name, "url": "http://localhost"}})


def test_the_error_for_an_unknown_engine_lists_the_engines():
    with pytest.raises(SettingsError, match="'transformers', 'llama_cpp'"):
        parse(Stage, "benchmark", {"engine": {"name": "tgi", "batch": 8}})
