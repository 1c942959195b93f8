"""Which engine answers, and how it is set up. A stage opens what its settings name and names none itself.

class Benchmark(Settings):
    engine: EngineSettings      # engine: {name: transformers, batch: 128}
    load: Load

settings.engine.open(Path("models/sft"), settings.load).answer(prompts, Sampling(max_tokens=16))

A new engine is a module beside this one and a class here that opens it.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

from pydantic import Field, model_validator

from vitrine.engines.engine import Engine
from vitrine.lm.settings import Load
from vitrine.settings import Settings


class Transformers(Settings):
    """The model in this process."""

    name: Literal["transformers"]
    batch: int = Field(ge=1)  # replies at once; their cached keys must fit into memory that is reused at every token

    def open(self, folder: Path, load: Load) -> Engine:
        from vitrine.engines.transformers import TransformersEngine
        from vitrine.lm.model import Model

        return TransformersEngine(Model.load(folder, load), batch=self.batch)


class NotBuilt(Settings):
    """An engine that is planned: choosing it is refused before anything runs."""

    name: Literal["llama_cpp", "openvino", "vllm", "openai"]

    @model_validator(mode="before")
    @classmethod
    def _refuse(cls, value: dict[str, Any]) -> NoReturn:
        raise ValueError(f"the engine {value['name']} is not built yet; use transformers")

    def open(self, folder: Path, load: Load) -> NoReturn:
        raise NotImplementedError


EngineSettings = Annotated[Transformers | NotBuilt, Field(discriminator="name")]
