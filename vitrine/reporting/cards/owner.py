"""What only the owner of data and models can say about them: settings under `card.owner`, shown on every card.

Owner(contact="dados@shop.example").lines()[0]      # ("Contact", "dados@shop.example")
Owner().lines()[0]                                  # ("Contact", "not filled in: set card.owner.contact")

Intended and forbidden use have a default in conf/card/default.yaml. A card says so as long as the owner has not changed it.
"""

from typing import Annotated

from pydantic import StringConstraints

from vitrine.settings import Settings

Text = Annotated[str, StringConstraints(pattern=r"\S")]  # not blank
LABELS = {
    "contact": "Contact",
    "intended_use": "Intended use",
    "forbidden_use": "Forbidden use",
    "legal_basis": "Legal basis",
    "retention": "Retention",
}


DEFAULTS = {  # as in conf/card/default.yaml
    "intended_use": "Train, test and run language models for the tasks of this pipeline, in the company that holds the data.",
    "forbidden_use": (
        "Decisions about a person without human review; identifying the people who wrote the texts; any use that a licence of "
        "the sources forbids."
    ),
}
DEFAULT = "(Vitrine's default; the owner has not changed it)"


class Owner(Settings):
    contact: Text | None = None  # whom to ask, and where a person asks for their data to be deleted
    intended_use: Text | None = None
    forbidden_use: Text | None = None
    legal_basis: Text | None = None  # of processing personal data, as LGPD (article 7) or GDPR (article 6) names it
    retention: Text | None = None  # how long data and models are kept

    def lines(self) -> list[tuple[str, str]]:
        """Each field by its label; for an empty one, the setting that fills it."""
        return [(label, _line(name, value)) for name, label in LABELS.items() for value in [getattr(self, name)]]


def _line(name: str, value: str | None) -> str:
    if value is None:
        return f"not filled in: set card.owner.{name}"
    return f"{value} {DEFAULT}" if value == DEFAULTS.get(name) else value
