import pytest

from vitrine.cleaning.contamination import fingerprint, leaked


@pytest.mark.parametrize("copy", ["Ótimo produto!", "otimo produto", "  ÓTIMO,\n produto ", "Ótimo - produto..."])
def test_a_copy_does_not_hide(copy):
    assert fingerprint(copy) == fingerprint("Ótimo produto")


def test_other_words_are_another_text():
    assert fingerprint("ótimo produto") != fingerprint("produto ótimo")


def test_the_offender_in_train_is_found():
    assert leaked(["a b", "c d", "A, b"], ["a b!", "x"]) == {0, 2}
