"""Settings of the engines. A stage opens the engine that its settings name; no stage names one itself.

class Benchmark(Settings):
    engine: EngineSettings      # engine: {name: transformers, batch: 128}
    load: Load

settings.engine.open(Path("models/sft"), settings.load).answer(prompts, Sampling(max_tokens=16))

To add an engine, write a module in this package and a settings class here that opens it.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

from pydantic import Field, model_validator

from vitrine.engines.engine import Engine
from vitrine.lm.settings import Load
from vitrine.settings import Settings


class Transformers(Settings):
    """The model runs in this process."""

    name: Literal["transformers"]
    batch: int = Field(ge=1)  # replies generated at once; their key-value caches must fit into memory

    def open(self, folder: Path, load: Load) -> Engine:
        from vitrine.engines.transformers import TransformersEngine
        from vitrine.lm.model import Model

        return TransformersEngine(Model.load(folder, load), batch=self.batch)


class NotBuilt(Settings):
    """A planned engine. Choosing it is an error before anything runs."""

    name: Literal["llama_cpp", "openvino", "vllm", "openai"]

    @model_validator(mode="before")
    @classmethod
    def _refuse(cls, value: dict[str, Any]) -> NoReturn:
        raise ValueError(f"the engine {value['name']} is not built yet; use transformers")

    def open(self, folder: Path, load: Load) -> NoReturn:
        raise NotImplementedError


EngineSettings = Annotated[Transformers | NotBuilt, Field(discriminator="name")]
