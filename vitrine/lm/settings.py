"""Settings: where a model comes from and how it is loaded. Imports no heavy library, so that every stage can read them.

class Sft(Settings):
    load: Load          # load: {dtype: float32, device: auto, attention: sdpa, quantisation: null}

class Base(Settings):
    lm: Origin          # lm: {origin: scratch, …}, {origin: hub, …}, {origin: folder, …} or {origin: gguf, …}
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from vitrine.chat.template import NATIVE, TEMPLATES, TURNS
from vitrine.settings import Settings, name_in


class Load(Settings):
    """How weights are loaded on this machine. Quantised weights can answer or carry an adapter, but are not trained."""

    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    device: Literal["auto", "cpu", "cuda"] = "auto"  # auto: cuda if available
    attention: Literal["sdpa", "eager", "flash_attention_2"] = "sdpa"  # flash: sdpa where it does not run
    quantisation: Literal["nf4", "int8"] | None = None  # needs bitsandbytes


class Scratch(Settings):
    """A decoder of the Qwen3 architecture with random weights."""

    origin: Literal["scratch"]
    template: Annotated[str, AfterValidator(name_in(TEMPLATES))]
    vocabulary: int = Field(ge=300)  # 256 bytes, the template's special tokens and learned merges
    context: int = Field(ge=64)  # tokens
    hidden: int = Field(ge=16)
    layers: int = Field(ge=1)
    heads: int = Field(ge=1)
    kv_heads: int = Field(ge=1)
    head: int = Field(ge=8, multiple_of=2)  # width of one head
    feed_forward: int = Field(ge=16)

    @model_validator(mode="after")
    def _heads_share_keys(self) -> "Scratch":
        if self.heads % self.kv_heads:
            raise ValueError(f"heads ({self.heads}) should be a multiple of kv_heads ({self.kv_heads})")
        return self


class Published(Settings):
    """A pretrained model: what is set for each of them, wherever it comes from."""

    template: Annotated[str, AfterValidator(name_in([*TEMPLATES, NATIVE, TURNS]))]
    turn: tuple[str, str] | None = None  # the tokens around a turn, for template=turns; null: found in the vocabulary
    context: int = Field(ge=64)  # tokens, in training and serving
    # Keep only this many pieces of the vocabulary, chosen from the training split; null: keep all.
    vocabulary: int | None = Field(default=None, ge=300)


class Hub(Published):
    """A published model by name and revision."""

    origin: Literal["hub"]
    name: str
    revision: str


class Local(Published):
    """A pretrained model on this machine, identified by its hash: DVC tracks this setting, not the files."""

    path: Path
    sha256: str | None = Field(pattern="^[0-9a-f]{64}$")  # null: refused, with the hash to set
    dtype: Literal["float32", "bfloat16", "float16"] | None  # of the weights in models/base; null: load.dtype


class Folder(Local):
    """A folder of safetensors with config and tokenizer."""

    origin: Literal["folder"]


class Gguf(Local):
    """A GGUF file. It is dequantised; its tokenizer is rebuilt."""

    origin: Literal["gguf"]


Origin = Annotated[Scratch | Hub | Folder | Gguf, Field(discriminator="origin")]
