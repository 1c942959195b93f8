"""Texts for the ECInstruct sample: instructions, reviews, questions with their answers.

The instructions were written for this project. The first of a task is its seed instruction, the last is used in the Unseen
settings only, and those between are the Diverse settings. Slots: {kind} {brand} {colour} {material} {size} {use}.
"""

from vitrine.sources.samples.grammar import Phrase

_ANSWER = "[Answer with|Reply with|Give only] one of the options."
_YES = "[Say only|Reply|Answer] yes or no."
_PAIR = "[the two products|this pair of products|product 1 and product 2]"
_INSTRUCTION_TEXTS = {
    "AVE": [
        (
            "Find the value of each target attribute in what is told about the product, and say in which part it stands. "
            "Write None where it is not told."
        ),
        "[Read|Go through] the product's texts and [list|write down] every target attribute with its value and its source.",
        (
            "[Pull out|Collect] the target attributes of the product as a list of attribute, value and source[.|; None stands"
            " for what is missing.]"
        ),
        "For every attribute that is asked for, note its value and where the product page says it.",
    ],
    "PRP": [
        "Two product titles are given. Say how the products are related. " + _ANSWER,
        f"[Judge|Decide] from the titles how {_PAIR} [are related|belong together]. {_ANSWER}",
        f"[Would shoppers buy or view these together, or are they alike?|How do {_PAIR} relate?] {_ANSWER}",
        "Pick the option that tells what links the first product to the second.",
    ],
    "PM": [
        "Two product records are given. Are they the same product? " + _YES,
        f"[Compare|Look at] the records of {_PAIR} and [tell|decide] if they [are one and the same|name the same thing]. {_YES}",
        f"[Is this the same product, listed twice?|Do both records mean one product?] {_YES}",
        "Answer yes where both listings sell the identical item and no where they do not.",
    ],
    "SA": [
        "Read the customer's review and choose how the customer feels about the product. " + _ANSWER,
        f"[How does the reviewer feel?|What is the mood of this review?] {_ANSWER}",
        f"[Rate|Judge] the feeling in the review[ below|]. {_ANSWER}",
        "Match the tone of the review to the option that fits it best.",
    ],
    "SR": [
        "The products that a customer bought are listed in order. Choose what the customer will buy next. " + _ANSWER,
        f"[Guess|Foresee] the next purchase from the ones before it. {_ANSWER}",
        f"[Which option continues this history best?|What comes next for this customer?] {_ANSWER}",
        "Select the item in which a customer with these purchases would be most interested.",
    ],
    "MPC": [
        "A search query and a product title are given. How well does the product serve the query? " + _ANSWER,
        f"[Judge|Rate] how far the product [answers|fits] the query. {_ANSWER}",
        f"[Does the product match what was searched for?|How relevant is the product?] {_ANSWER}",
        "Choose the option that says what this product is worth to someone who typed the query.",
    ],
    "PSI": [
        "Could the product stand in for what the query asks, without being exactly that? " + _YES,
        f"[Decide|Tell] if the product is a substitute for the thing searched for. {_YES}",
        f"[Is this a substitute?|Would it serve in place of the thing in the query?] {_YES}",
        "Answer yes for a replacement that misses a detail of the query, no for anything else.",
    ],
    "QPR": [
        "Order the products by how well they serve the query, the best one first. Give their letters only.",
        (
            "[Sort|Order] the listed products from most to least relevant [to|for] the query. [Write the letters, separated "
            "by commas.|Letters only.]"
        ),
        "[Rank|Arrange] these products for the query[, best first|]. [Letters only.|Answer with letters and commas.]",
        "Which product would you show first, second and so on? Reply with the letters in that order.",
    ],
    "AP": [
        "A question and some reviews are given. Can the question be answered from them? " + _YES,
        f"[Check|See] if the document holds the answer to the question. {_YES}",
        f"[Do these reviews tell it?|Is the answer in the document?] {_YES}",
        "Answer yes where the reviews settle the question and no where they are silent about it.",
    ],
    "AG": [
        "Answer the question from the reviews that come with it.",
        "[Use|Rely on] the document to [answer|reply to] the question[ in a sentence|].",
        "[What do the reviews say about the question?|Read the reviews and answer.]",
        "Reply to the shopper's question with what the reviewers wrote.",
    ],
}
INSTRUCTIONS = {task: [Phrase(text) for text in texts] for task, texts in _INSTRUCTION_TEXTS.items()}

RELATIONS = [
    "A: People who buy the first product also buy the second.",
    "B: People who look at the first product also look at the second.",
    "C: The two products are alike.",
]
RELEVANCE = [
    "A: The product is what the query asks for, in every detail.",
    "B: The product misses a detail of the query, but would serve instead.",
    "C: The product is not what the query asks for, but goes with it.",
    "D: The product has nothing to do with the query.",
]
SENTIMENTS = ["A: very positive", "B: positive", "C: neutral", "D: negative", "E: very negative"]

# From very positive to very negative.
REVIEWS = [
    [
        (
            "[Absolutely love|I adore|Could not be happier with] this {kind}[!|!!|.] [{use}.|Best one I have ever owned.] "
            "[Five stars|Perfect in every way|Buy it, you will not regret it][.|!]"
        ),
        (
            "[Amazing|Outstanding|Superb] {kind}. [The {material} is flawless.|It beats everything I had before.] [Worth "
            "every penny|I have already ordered a second one][.|!]"
        ),
    ],
    [
        (
            "[Good|Nice|Solid] {kind}[, works well|, does its job]. [{use}.|I like the {material}.] [The {colour} is a bit "
            "off|Shipping took a while|Slightly pricey], but I am [satisfied|pleased] [with it|overall]."
        ),
        (
            "[I like this {kind}.|Pretty good {kind} for the price.] [The {size} size fits well.|{use}.] [One star off for "
            "the packaging|Could be a little sturdier], still [recommended|a good buy]."
        ),
    ],
    [
        (
            "[It is okay.|An average {kind}.|Neither good nor bad.] [The {material} is fine, the finish is not.|Some things "
            "are good, some are not.] [It does what it says, no more|You get what you pay for]."
        ),
        (
            "[Not sure what to think of this {kind}.|So-so {kind}.] [It works, though the {colour} looks dull.|The {size} "
            "size is acceptable.] [Three stars seems fair|It is neither a bargain nor a waste]."
        ),
    ],
    [
        (
            "[Disappointed|Not impressed|Let down] by this {kind}. [The {material} feels cheap.|The {size} size is smaller "
            "than it says.] [It still works|At least it came quickly], but I [would not buy it again|expected more]."
        ),
        (
            "[Below average {kind}.|I wanted to like this {kind}.] [The {colour} faded within weeks.|The {material} scratches"
            " easily.] [Hard to recommend|I have seen better for less]."
        ),
    ],
    [
        (
            "[Terrible|Awful|Horrible] {kind}[.|!] [It broke on the first day.|The {material} came apart at once.] [Complete "
            "waste of money|Sent it straight back|Avoid it at all costs][.|!]"
        ),
        (
            "[Worst {kind} ever.|Do NOT buy this {kind}!] [It arrived broken and {brand} never replied.|The {size} size is a "
            "lie.] [Zero stars if I could|I want my money back][.|!]"
        ),
    ],
]
# A question, a review sentence that answers it, and the answer.
QUESTIONS = {
    "material": (
        "[What is|Which material is] the {kind} made of?",
        "[Mine is|It is] made of {material}[, as far as I can tell|].",
        "It is made of {material}.",
    ),
    "size": (
        "[What size is it?|How large is the {kind}?]",
        "[I measured it: {size}.|The size is {size}, as described.]",
        "The size is {size}.",
    ),
    "colour": (
        "[Which color does it come in?|What color is the {kind}?]",
        "[We got it in {colour}|The {colour} looks just like the picture].",
        "It comes in {colour}.",
    ),
    "brand": (
        "[Who makes it?|Which brand is this {kind}?]",
        "[{brand} makes good things.|I trust {brand}, who make it.]",
        "It is made by {brand}.",
    ),
    "use": (
        "[What does it do well?|Is the {kind} any good in use?]",
        "{use}.",
        "{use}.",
    ),
}
TOPICS = {topic: (Phrase(question), Phrase(review), answer) for topic, (question, review, answer) in QUESTIONS.items()}
CHATTER = [
    Phrase(text)
    for text in (
        "[Arrived|Came] [on time|two days late|well packed].",
        "[My daughter|My neighbor|A friend] has the same one[ and is happy|].",
        "[I bought it as a gift|Ordered it last spring|This is my second one].",
        "[Customer service answered at once|No complaints so far|Would order again].",
    )
]
