"""What each task's score means, in one sentence.

meaning("sql")      # "1 if the query returns the gold result on the shop and on every altered copy of it; …"
"""

OTHER = "The mean score of the task's grader, from 0 to 1."
OPTION = "1 for the right option, 0 for any other reply."
YES_OR_NO = "1 for the right one of yes and no, 0 for any other reply; guessing earns about a half."
SQL = "1 if the query returns the gold result on the shop and on every altered copy of it; less if it only parses, or only runs."
MEANINGS = {
    "extract": "Agreement with the ten gold fields (F1; fields read out of the text weigh most), and a tenth for the right form.",
    "sentiment": "0.6 for the right polarity, and up to 0.4 the nearer the predicted number of stars is.",
    "sql": SQL,
    "analyst": "As for sql, on questions that were written by hand.",
    "churn": "How near the predicted risk is to what the customer did; a quarter of it only for a reason with true numbers.",
    "insights": "1 for a Portuguese report in three sections, about the right subject, that cites five figures without an error.",
    "describe": "Overlap with the seller's own text, lower for repetition and wrong length: likeness to a text, not its quality.",
    "classify": "Hierarchical F1 of the predicted category path: the deeper the two paths agree, the higher.",
    "attributes": "F1 of the attribute values times F1 of the attribute names.",
    "atributos": "F1 of the attribute values times F1 of the attribute names, in Portuguese.",
    "qa": "Overlap with the reference answer; where there is no answer, 1 for saying so and 0 otherwise.",
    "shopping": "Overlap with the reference answer, times the share of words and numbers that are in the listing.",
    "ec_prp": OPTION,
    "ec_sa": "1 for the right one of five grades, 0.24 for a neighbour of it, next to nothing beyond.",
    "ec_sr": OPTION,
    "ec_mpc": OPTION,
    "ec_pm": YES_OR_NO,
    "ec_psi": YES_OR_NO,
    "ec_ap": YES_OR_NO,
    "ec_ave": "F1 of attribute values and of their source in the listing, times F1 of the attribute names.",
    "ec_qpr": "NDCG of the predicted order of products, stretched so that the worst order earns 0.",
    "ec_ag": "Overlap with the reference answer, lower for a much longer reply.",
    "general": "No score: the loss on instructions that were not trained on. A rise from model to model shows forgetting.",
}


def meaning(task: str) -> str:
    return MEANINGS.get(task, OTHER)
