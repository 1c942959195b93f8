"""What each task does, in one plain phrase for the report's list of verdicts.

does("sql")                                  # "writes a SQL query that answers a question about the shop"
generated_caveat("describe", run.sources)    # "Measured on generated data: generated listings do not resemble published ones."
"""

from collections.abc import Mapping

from vitrine.reporting.cards.provenance import Origin

DOES = {
    "extract": "turns a review and its order into ten fields of JSON",
    "sentiment": "reads a review and names its polarity and its number of stars",
    "sql": "writes a SQL query that answers a question about the shop",
    "analyst": "writes a SQL query for a question that was written by hand",
    "churn": "estimates the risk that a customer never buys again, with a reason",
    "insights": "writes a short report in Portuguese from six facts",
    "describe": "writes a product description from a title",
    "classify": "sorts a product title into Google's product categories",
    "attributes": "reads the requested attributes out of a listing",
    "atributos": "reads the attributes of a Brazilian listing into JSON",
    "qa": "answers a question from reviews, or says that they do not answer it",
    "shopping": "answers a question about a listing from its text",
    "ec_ave": "reads attribute values out of a listing and says where they stand",
    "ec_prp": "names the relation between two products",
    "ec_sa": "grades the sentiment of a review in five steps",
    "ec_sr": "predicts the next product that a user buys",
    "ec_mpc": "grades how well a product fits a query",
    "ec_pm": "says whether two listings are the same product",
    "ec_psi": "says whether a product is a substitute for the queried one",
    "ec_ap": "says whether a question can be answered from the text given with it",
    "ec_qpr": "ranks products by their fit to a query",
    "ec_ag": "answers a question about a product from reviews",
    "general": "follows an ordinary instruction",
}
LISTINGS = {"describe": "amazon_titles", "shopping": "amazon_titles", "classify": "products"}  # the source of their listings
CAVEAT = "Measured on generated data: generated listings do not resemble published ones."


def does(task: str) -> str:
    """The phrase; empty for a task that is not listed."""
    return DOES.get(task, "")


def generated_caveat(task: str, sources: Mapping[str, Origin]) -> str:
    """A sentence if the task's listings were generated; else empty."""
    source = sources.get(LISTINGS.get(task, ""))
    return CAVEAT if source is not None and source.selected and source.origin == "sample" else ""
