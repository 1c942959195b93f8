"""ecinstruct: ten shopping tasks as instructions. `data/{raw,clean}/ecinstruct/instructions.parquet`

raw    `task` has the published name, Product_Matching; `options` and `few_shot_example` may be null
clean  `task` has the short name, PM; `input` is a valid JSON object for most tasks
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
        ("id", pa.string()),  # file and position: dataset:17
        ("task", pa.string()),
        ("split", pa.string()),  # one of SPLITS
        ("setting", pa.string()),  # IND_Diverse_Instruction, OOD_Unseen_Instruction, …; null if the file does not say
        ("instruction", pa.string()),
        ("input", pa.string()),
        ("options", pa.string()),  # a list as one text
        ("output", pa.string()),
        ("few_shot_example", pa.string()),  # in the 1-shot settings: a solved example as one JSON object
    ]
)
