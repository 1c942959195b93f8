"""A baseline without a network: answer with the gold reply to the most similar training prompt.

nearest(["chegou tarde", "lindo!"], ["negativo, nota 1", "positivo, nota 5"], ["chegou quebrado"])   ->  ["negativo, nota 1"]

Prompts are compared by the cosine of their TF-IDF vectors over words and pairs of words; words that nine of ten training
prompts have in common, which are the task's own, count for nothing.
"""

from collections.abc import Sequence

NAME = "reply to the most similar training prompt"
COMMON = 0.9  # of the training prompts
FEW = 10  # with fewer training prompts no word is called common
AT_ONCE = 256  # prompts compared at a time: their similarities to 100,000 training prompts are 200 MB


def nearest(prompts: Sequence[str], replies: Sequence[str], asked: Sequence[str]) -> list[str]:
    """For each prompt in `asked`, the reply to the most similar of `prompts`; the first of several that are equally similar."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # takes a second, which only the benchmark should cost

    words = TfidfVectorizer(
        sublinear_tf=True, ngram_range=(1, 2), token_pattern=r"\w+", max_df=COMMON if len(prompts) >= FEW else 1.0
    )
    try:
        known = words.fit_transform(prompts)
    except ValueError:  # no words are left: all prompts are alike
        return [replies[0]] * len(asked)
    found: list[str] = []
    for start in range(0, len(asked), AT_ONCE):
        alike = (words.transform(asked[start : start + AT_ONCE]) @ known.T).toarray()
        found += [replies[place] for place in alike.argmax(axis=1)]
    return found
