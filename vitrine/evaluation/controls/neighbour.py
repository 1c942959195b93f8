"""The nearest-neighbour baseline: the gold reply to the most similar training prompt, without a neural network.

nearest(["chegou tarde", "lindo!"], ["negativo, nota 1", "positivo, nota 5"], ["chegou quebrado"])   ->  ["negativo, nota 1"]

Prompts are compared by the cosine of their TF-IDF vectors over words and pairs of words. Words in more than 90 % of the training
prompts belong to the task's template and are ignored.
"""

from collections.abc import Sequence

NAME = "reply to the most similar training prompt"
COMMON = 0.9  # of the training prompts
FEW = 10  # with fewer training prompts no word is ignored
AT_ONCE = 256  # prompts compared at a time: their similarities to 100,000 training prompts are 200 MB


def nearest(prompts: Sequence[str], replies: Sequence[str], queries: Sequence[str]) -> list[str]:
    """For each prompt in `queries`, the reply to the most similar of `prompts`; the first if several are equally similar."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # the import takes a second, which only the benchmark should pay

    vectorizer = TfidfVectorizer(
        sublinear_tf=True, ngram_range=(1, 2), token_pattern=r"\w+", max_df=COMMON if len(prompts) >= FEW else 1.0
    )
    try:
        vectors = vectorizer.fit_transform(prompts)
    except ValueError:  # no words are left: all prompts are equal
        return [replies[0]] * len(queries)
    chosen: list[str] = []
    for start in range(0, len(queries), AT_ONCE):
        similarity = (vectorizer.transform(queries[start : start + AT_ONCE]) @ vectors.T).toarray()
        chosen += [replies[index] for index in similarity.argmax(axis=1)]
    return chosen
