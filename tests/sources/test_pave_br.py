"""PAVE-Br: two header rows, columns in any order, each record is a listing or a reject; its sample."""

import pytest

from tests.sources.conftest import read_folder
from vitrine.errors import SourceError
from vitrine.sources.samples import pave_br as sample
from vitrine.sources.samples.pave_br_phrases import KINDS
from vitrine.tables.published.annotated import LISTINGS

FIRST = "Unnamed: 0,Unnamed: 1,title,description,Unnamed: 4,Atributos <empresa terceira>,Unnamed: 6,AI-PAVE-BR,Unnamed: 8,"
FIRST += "Atributos Multimidia,Unnamed: 10"
SECOND = "id,product_type,,,extracted_attributes,cor_ol,recursos_ol,marca_llm,cor__llm,marca,cor"
ROW = 'a||1,TV,"Smart ""TV"", 50","<p>x</p>\n<p>y</p>",{},Preta,Wi-Fi,,Não informado, LG ,"[Preto, Cinza]"'


def read(folder, *lines, name="TV.csv"):
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_folder("pave_br", folder)


def rows(loaded):
    return loaded.tables["listings"].to_pylist()


def test_the_published_files(real):
    loaded = read_folder("pave_br", real / "pave_br")
    table = loaded.tables["listings"]
    assert (table.schema, table.num_rows, loaded.rejects.num_rows) == (LISTINGS, 5236, 0)
    by_type = {row["type"]: row for row in rows(loaded)}
    assert len(by_type) == 14
    assert by_type["Guarda-Roupa"]["id"].startswith("Guarda-Roupa:")
    assert "Analista" not in by_type["Cama"]["attributes"] and "proteção" in by_type["Cama"]["attributes"]
    place = by_type["Cama"]["attributes"].index("material_da_estrutura")
    assert any(row["model"][place] for row in rows(loaded) if row["type"] == "Cama"), "its column has two underscores"
    assert sum(any(value.strip() for value in row["values"]) for row in rows(loaded)) == 5236 - 446


def test_values_are_read_as_published_and_attributes_that_nobody_annotated_are_not(tmp_path):
    (row,) = rows(read(tmp_path, FIRST, SECOND, ROW))
    assert row == {
        "id": "a||1",
        "type": "TV",
        "title": 'Smart "TV", 50',
        "description": "<p>x</p>\n<p>y</p>",
        "attributes": ["marca", "cor"],
        "values": [" LG ", "[Preto, Cinza]"],
        "vendor": ["", "Preta"],  # the vendor has no column for brands
        "model": ["", "Não informado"],
    }


def test_a_file_without_ids_and_with_annotators_in_another_order(tmp_path):
    first = "title,description,Unnamed: 2,Atributos LLM,Atributos Multimídia,Unnamed: 5,Unnamed: 6"
    loaded = read(tmp_path, first, ",,cor_ol,cor_llm,Analista,cor,Data", "Sofá,,Azul,azul,Analista 1,Azul,hoje", name="Sofá.csv")
    (row,) = rows(loaded)
    assert (row["id"], row["type"], row["attributes"], row["values"]) == ("Sofá:0", "Sofá", ["cor"], ["Azul"])


def test_a_bad_record_is_rejected_alone_with_its_bytes(tmp_path):
    loaded = read(tmp_path, FIRST, SECOND, ROW, "a||2,TV,short", ROW)
    assert (loaded.rows_in, len(rows(loaded))) == (3, 2)
    (reject,) = loaded.rejects.to_pylist()
    assert (reject["line"], reject["raw"], reject["reason"]) == (5, b"a||2,TV,short", "3 fields where 11 are expected")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((SECOND, ROW), r"lacks title and description"),
        ((FIRST.replace("Multimidia", "X"), SECOND), r"lacks Atributos Multimídia with a name for each attribute"),
        ((FIRST, SECOND.removesuffix(",cor")), r"has 11 columns in its first line and 10 in its second"),
        ((FIRST, SECOND.replace(",marca,cor", ",cor,cor")), r"has the column cor more than once"),
        ((FIRST, SECOND.replace("recursos_ol", "cor_ol")), r"has the column cor_ol more than once"),
        ((FIRST,), r"lacks Atributos Multimídia"),
    ],
)
def test_other_headers_are_refused_in_one_sentence(tmp_path, lines, message):
    with pytest.raises(SourceError, match=message) as caught:
        read(tmp_path, *lines)
    assert "\n" not in str(caught.value)


def test_a_folder_without_files_is_reported(tmp_path):
    with pytest.raises(SourceError, match=r"holds no file of PAVE-Br.*Fogão\.csv"):
        read_folder("pave_br", tmp_path)


def test_the_sample_has_the_published_quirks(tmp_path):
    sample.generate(tmp_path, rows=900, seed=7)
    loaded = read_folder("pave_br", tmp_path)
    table = rows(loaded)
    assert {row["type"] for row in table} == set(KINDS) and len(table) == 900 and loaded.rejects.num_rows == 8
    values = [value for row in table for value in row["values"]]
    assert all(any(form in value for value in values) for form in ("[", " e ", ", ")) and any(v != v.strip() for v in values)
    assert any(row["values"] == ["Tipo de Produto" if name == "marca" else "" for name in row["attributes"]] for row in table)
    beds = [row for row in table if row["type"] == "Cama"]
    assert sum(any(row["values"]) for row in beds) < len(beds) / 2
    assert {"Não informado"} < {value for row in table for value in row["model"]} and any(
        "@example" in r["description"] for r in table
    )
    again = tmp_path / "again"
    sample.generate(again, rows=900, seed=7)
    assert all((again / path.name).read_bytes() == path.read_bytes() for path in tmp_path.glob("*.csv"))
