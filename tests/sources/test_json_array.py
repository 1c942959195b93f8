"""An array is read one element at a time, wherever the window ends."""

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrine.errors import SourceError
from vitrine.sources.formats import json_array

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=3), inside, max_size=3),
    max_leaves=5,
)


def read(path, text, window=7):
    path.write_bytes(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_array, "WINDOW", window)
        return list(json_array.elements(path, "X"))


@settings(max_examples=60, deadline=None)
@given(values=st.lists(VALUES, max_size=5), window=st.integers(1, 40), indent=st.sampled_from([None, 4]), plain=st.booleans())
def test_the_window_size_does_not_change_the_elements(tmp_path_factory, values, window, indent, plain):
    text = json.dumps(values, indent=indent, ensure_ascii=plain).encode("utf-8", "surrogatepass")
    try:
        text.decode()
    except UnicodeDecodeError:
        return  # an unescaped half of a surrogate pair is not UTF-8
    elements = read(tmp_path_factory.mktemp("a") / "x.json", text, window)
    assert [element.value for element in elements] == values
    assert [json.loads(element.raw) for element in elements] == values


def test_lines_are_counted_across_windows(tmp_path):
    elements = read(tmp_path / "x.json", b"\xef\xbb\xbf[\n1,\n\n12345678901,\n{\n},\n[]]\n")
    assert [(element.line, element.value) for element in elements] == [(2, 1), (4, 12345678901), (5, {}), (7, [])]


def test_a_number_across_two_windows_is_one_number(tmp_path):
    assert [element.value for element in read(tmp_path / "x.json", b"[123456789]", window=4)] == [123456789]


def test_gzip_and_nan(tmp_path):
    path = tmp_path / "x.json.gz"
    assert str(read(path, gzip.compress(b'[{"a": NaN}]'))[0].value) == "{'a': nan}"


@pytest.mark.parametrize(
    "text", [b'[{"a"', b"{}", b"[1 2]", b"[1,", b"", b" ", b"[" * 100_000, b"\xff[]", b"[", b"[tru", b'["\xff"]']
)
def test_a_file_that_is_no_array_is_reported_in_one_sentence(tmp_path, text):
    with pytest.raises(SourceError, match=r"x\.json.*download"):
        read(tmp_path / "x.json", text)


def test_an_endless_element_does_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(json_array, "MAX_ELEMENT", 1000)
    with pytest.raises(SourceError, match="line 2"):
        read(tmp_path / "x.json", b'[1,\n"' + b"a" * 100_000)


def test_is_array_looks_at_the_first_non_blank_byte(tmp_path):
    path = tmp_path / "x"
    for text, expected in ((b" \n[", True), (b'{"a": [', False), (b"\xff", False)):
        path.write_bytes(text)
        assert json_array.is_array(path) == expected
