"""clean -- readable texts without personal data, unique rows; each row set aside keeps its reason.

reads   data/raw/<source>/*.parquet
writes  data/clean/<source>/*.parquet             the source's tables
        data/clean/<source>/quarantine.parquet    tables.quarantine.QUARANTINE
"""

from functools import partial
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from vitrine.cleaning import run
from vitrine.cleaning.by_source import CLEANERS, Options
from vitrine.cleaning.ray import cluster
from vitrine.cleaning.ray.session import Launch
from vitrine.settings import Settings, name_in
from vitrine.stage import stage


class Clean(Settings):
    source: Annotated[str, BeforeValidator(name_in(CLEANERS))]
    raw: Path
    clean: Path
    launch: Launch
    sources: Options


@stage("clean", Clean, item="source")
def main(settings: Clean) -> dict[str, float]:
    rules = partial(CLEANERS[settings.source], getattr(settings.sources, settings.source))
    folders = settings.raw / settings.source, settings.clean / settings.source
    return run.clean(rules(), *folders) if settings.launch.name == "local" else cluster.clean(rules, *folders, settings.launch)


if __name__ == "__main__":
    main()
