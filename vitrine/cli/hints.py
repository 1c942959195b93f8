"""Hydra's complaints about an override as one sentence that names the key, what is wrong and the closest known name.

explain(error, conf)      # error: "Could not override 'grpo.temprature'. To append to your config use …"
# "grpo.temprature: there is no such key; did you mean grpo.temperature?"
"""

import re
from collections.abc import Collection
from pathlib import Path

from hydra.errors import HydraException, OverrideParseException

from vitrine.errors import suggestion
from vitrine.params import NO_USER_SETTINGS, composition, leaves


def explain(error: HydraException, conf: Path) -> str:
    """The sentence; any other error keeps its message, without the list of places where Hydra looked."""
    if isinstance(error, OverrideParseException):
        return f"{error.override}: cannot be read; write KEY=VALUE, as in grpo.temperature=1.0 or scale=smoke"
    message = str(error)
    key = re.search(r"Could not override '([^']+)'", message)
    if key:
        return f"{key[1]}: there is no such key or group{suggestion(key[1], _known(conf))}"
    option = re.search(r"Could not find '(.+)/([^']+)'\s*Available options in '[^']+':\s*(.*)", message, re.DOTALL)
    if option:
        group, name, options = option[1], option[2], option[3].partition("Config search path:")[0].split()
        return f"{group}={name}: there is no such option{known_names(name, options)}"
    return " ".join(message.partition("Config search path:")[0].split())


def known_names(name: str, known: Collection[str]) -> str:
    """The end of a message about an unknown name: "; did you mean olist? Choose one of olist, alpaca"."""
    names = ", ".join(known)
    close = suggestion(name, known)
    return f"{close} Choose one of {names}" if close else f"; choose one of {names}"


def _known(conf: Path) -> list[str]:
    """Groups and keys of conf/."""
    groups = [folder.name for folder in conf.glob("[!_.]*/")]
    return [*groups, *leaves(composition([NO_USER_SETTINGS], conf))]
