"""Parse a section of params.yaml into a frozen model, or raise one sentence that names every problem.

class Clean(Settings):
    min_chars: int = Field(ge=0)

parse(Clean, "clean", {"min_chars": -1})
# SettingsError: clean.min_chars: Input should be greater than or equal to 0 (got -1)
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from vitrine.errors import SettingsError, suggestion


class Settings(BaseModel):
    """Base class of all settings: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, protected_namespaces=())


S = TypeVar("S", bound=Settings)
V = TypeVar("V", bound=Iterable[str])


def name_in(names: Iterable[str]) -> Callable[[Any], Any]:
    """A validator: the value must be one of `names`.  `source: Annotated[str, BeforeValidator(name_in(SOURCES))]`"""

    def check(value: Any) -> Any:
        if value not in names:
            raise ValueError(f"should be one of {', '.join(names)}")
        return value

    return check


def one_of(names: Iterable[str]) -> Callable[[V], V]:
    """A validator: every name, or every key of a mapping, must be one of `names`.

    tasks: Annotated[dict[str, int], AfterValidator(one_of(TASKS))]
    """

    def check(values: V) -> V:
        unknown = [key for key in values if key not in names]
        if unknown:
            raise ValueError(f"{', '.join(unknown)} should be one of {', '.join(names)}")
        return values

    return check


def parse(kind: type[S], section: str, values: dict[str, Any]) -> S:
    """`values` as a `kind`, or SettingsError with all problems: key, rule and value of each."""
    errors = problems(kind, section, values)
    if errors:
        raise SettingsError("; ".join(f"{key}: {text}" for key, text in errors))
    return kind.model_validate(values)


def problems(kind: type[Settings], section: str, values: dict[str, Any]) -> list[tuple[str, str]]:
    """(dotted key, message) for each value that `kind` refuses."""
    try:
        valid = kind.model_validate(values)
    except ValidationError as error:
        return [(".".join([section, *_keys(problem, values)]), _text(kind, problem)) for problem in error.errors()]
    return [
        (key, f"should be written as an integer: {integer} (got {value!r})")
        for key, value, integer in _converted(section, values, valid)
    ]


def _converted(key: str, value: Any, valid: Any) -> Iterator[tuple[str, float | bool, int]]:
    """(dotted key, value, integer) of each value that pydantic has converted to an integer: 1e3, 1000.0, true.

    They are refused, since params.yaml would hold 1000.0, which DVC takes for another value than 1000.
    """
    if isinstance(value, (float, bool)) and type(valid) is int:
        yield key, value, valid
    elif isinstance(value, dict) and isinstance(valid, (dict, BaseModel)):
        inside = dict(valid)
        for name in value:
            yield from _converted(f"{key}.{name}", value[name], inside.get(name))
    elif isinstance(value, (list, tuple)) and isinstance(valid, (list, tuple)):
        for place, (one, other) in enumerate(zip(value, valid, strict=False)):
            yield from _converted(f"{key}.{place}", one, other)


def _keys(problem: Any, values: Any) -> Iterator[str]:
    """The keys that lead to a problem. pydantic also lists the union member that it tried; that is not a key and is left out."""
    for step in problem["loc"]:
        if isinstance(values, list) or (isinstance(values, dict) and step in values):
            values = values[step]
            yield str(step)
    if problem["type"] == "missing":
        yield str(problem["loc"][-1])


def _text(kind: type[Settings], problem: Any) -> str:
    if problem["type"] == "extra_forbidden":
        known = _fields_at(kind, problem["loc"][:-1])
        close = suggestion(str(problem["loc"][-1]), known)
        return f"there is no such key{f'{close} Allowed' if close else '; allowed'}: {', '.join(known) or 'no keys'}"
    if problem["type"] == "missing":
        return "is missing"
    own = problem.get("ctx", {}).get("error")  # raised by one of our validators, which names the values that it compared
    if isinstance(own, ValueError) and isinstance(problem["input"], (dict, list, tuple)):
        return str(own)
    return f"{own or problem['msg']} (got {problem['input']!r:.80})"


def _fields_at(kind: Any, path: tuple[Any, ...]) -> list[str]:
    """The field names of the nested model at `path`, for the message about an unknown key."""
    kinds = [kind]
    for step in path:
        inside = [model.model_fields[step].annotation for model in kinds if step in model.model_fields]
        tagged = [model for model in kinds if any(step in get_args(field.annotation) for field in model.model_fields.values())]
        kinds = [model for annotation in inside for model in _models(annotation)] if inside else tagged or kinds
    return sorted({name for model in kinds for name in model.model_fields})


def _models(annotation: Any) -> Iterator[Any]:
    """The models in a type: the type itself, the members of a union, the values of a mapping or list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
