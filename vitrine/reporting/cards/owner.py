"""What only the owner of data and models can say about them: settings under `card.owner`, shown on every card.

Owner(contact="dados@shop.example").lines()[0]      # ("Contact", "dados@shop.example")
Owner().lines()[0]                                  # ("Contact", "not filled in: set card.owner.contact")
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


class Owner(Settings):
    contact: Text | None = None  # whom to ask, and where a person asks for their data to be deleted
    intended_use: Text | None = None
    forbidden_use: Text | None = None
    legal_basis: Text | None = None  # of processing personal data, as LGPD (article 7) or GDPR (article 6) names it
    retention: Text | None = None  # how long data and models are kept

    def lines(self) -> list[tuple[str, str]]:
        """Each field by its label; for an empty one, the setting that fills it."""
        values = self.model_dump()
        return [(label, values[name] or f"not filled in: set card.owner.{name}") for name, label in LABELS.items()]
