"""A section of params.yaml becomes a frozen model, or one sentence says what is wrong with it.

class Clean(Settings):
    min_chars: int = Field(ge=0)

parse(Clean, "clean", {"min_chars": -1})
# SettingsError: clean.min_chars: Input should be greater than or equal to 0 (got -1)
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from vitrine.errors import SettingsError


class Settings(BaseModel):
    """Base of every stage's settings: nested models, bounds and literals work; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


S = TypeVar("S", bound=Settings)
V = TypeVar("V", bound=Iterable[str])


def name_in(names: Iterable[str]) -> Callable[[Any], Any]:
    """A validator: the value is one of these.  `source: Annotated[str, BeforeValidator(name_in(SOURCES))]`"""

    def check(value: Any) -> Any:
        if value not in names:
            raise ValueError(f"should be one of {', '.join(names)}")
        return value

    return check


def one_of(names: Iterable[str]) -> Callable[[V], V]:
    """A validator: every name, or key of a mapping, is one of these.

    tasks: Annotated[dict[str, int], AfterValidator(one_of(TASKS))]
    """

    def check(values: V) -> V:
        unknown = [key for key in values if key not in names]
        if unknown:
            raise ValueError(f"{', '.join(unknown)} should be one of {', '.join(names)}")
        return values

    return check


def parse(kind: type[S], section: str, values: dict[str, Any]) -> S:
    """`values` as a `kind`; every problem is named at once, with its key, the rule and the value."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        found = [_sentence(kind, section, problem) for problem in error.errors()]
        raise SettingsError("; ".join(found)) from error


def _sentence(kind: type[Settings], section: str, problem: Any) -> str:
    key = ".".join([section, *map(str, problem["loc"])])
    if problem["type"] == "extra_forbidden":
        known = ", ".join(_fields_at(kind, problem["loc"][:-1])) or "no keys"
        return f"{key}: there is no such key; allowed: {known}"
    if problem["type"] == "missing":
        return f"{key}: is missing"
    return f"{key}: {problem['msg']} (got {problem['input']!r})"


def _fields_at(kind: Any, path: tuple[Any, ...]) -> list[str]:
    """The field names of the nested model at `path`, for the message about an unknown key."""
    for step in path:
        field = getattr(kind, "model_fields", {}).get(step)
        inside = field.annotation if field is not None else kind
        if get_origin(inside) is dict and field is None:
            inside = get_args(inside)[1]  # the step was a key of a mapping
        kind = inside
    return sorted(getattr(kind, "model_fields", {}))
