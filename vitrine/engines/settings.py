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


class LlamaCpp(Settings):
    """llama.cpp answers from a GGUF file, in a process of its own. Needs the extra gguf."""

    name: Literal["llama_cpp"]
    batch: int = Field(ge=1, le=256)  # replies generated at once; their key-value caches must fit into memory
    threads: int = Field(default=1, ge=1)
    file: str | None = None  # {model} stands for the name of the model's folder; null: that folder is converted into scratch
    weights: Literal["q8_0"] | None = None  # of the converted file; null: as load.dtype says

    @model_validator(mode="after")
    def _weights_are_of_a_conversion(self) -> "LlamaCpp":
        if self.file is not None and self.weights is not None:
            raise ValueError(
                f"weights={self.weights} is for a converted model, but file names {self.file}; set one of them to null"
            )
        return self

    def open(self, folder: Path, load: Load) -> Engine:
        from vitrine.engines.llama_cpp import open_engine

        return open_engine(folder, load, file=self.file, weights=self.weights, batch=self.batch, threads=self.threads)


class NotBuilt(Settings):
    """A planned engine. Choosing it is an error before anything runs."""

    name: Literal["openvino", "vllm", "openai"]

    @model_validator(mode="before")
    @classmethod
    def _refuse(cls, value: dict[str, Any]) -> NoReturn:
        raise ValueError(f"the engine {value['name']} is not built yet; use transformers or llama_cpp")

    def open(self, folder: Path, load: Load) -> NoReturn:
        raise NotImplementedError


EngineSettings = Annotated[Transformers | LlamaCpp | NotBuilt, Field(discriminator="name")]
