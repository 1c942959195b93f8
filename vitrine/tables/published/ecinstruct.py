"""ecinstruct: shopping tasks as instructions, ten of them. `data/{raw,clean}/ecinstruct/instructions.parquet`

raw    `task` as it is published, Product_Matching; `options` and `few_shot_example` are null where there are none
clean  `task` by its short name, PM; `input` is a JSON object for most tasks, and one that parses
"""

import pyarrow as pa

TASKS = {
    "AVE": "Attribute_Value_Extraction",
    "PRP": "Product_Relation_Prediction",
    "PM": "Product_Matching",
    "SA": "Sentiment_Analysis",
    "SR": "Sequential_Recommendation",
    "MPC": "Multiclass_Product_Classification",
    "PSI": "Product_Substitute_Identification",
    "QPR": "Query_Product_Rank",
    "AP": "Answerability_Prediction",
    "AG": "Answer_Generation",
}
ALSO_CALLED = {"Product_Substitue_Identification": "PSI", "Query_Product_Ranking": "QPR", "Product_Relation_Predicition": "PRP"}
SPLITS = ("train", "val", "test")

INSTRUCTIONS = pa.schema(
    [
        ("id", pa.string()),  # file and place in it: dataset:17
        ("task", pa.string()),
        ("split", pa.string()),  # of SPLITS
        ("setting", pa.string()),  # IND_Diverse_Instruction, OOD_Unseen_Instruction, …; null where the file does not say
        ("instruction", pa.string()),
        ("input", pa.string()),
        ("options", pa.string()),  # a list in one text
        ("output", pa.string()),
        ("few_shot_example", pa.string()),  # a solved example, as one JSON object, in the 1-shot settings
    ]
)
