"""sql: the query is extracted from a bare or a fenced reply."""

import pytest

from vitrine.tasks import sql


@pytest.mark.parametrize(
    ("reply", "query"),
    [
        ("SELECT 1", "SELECT 1"),
        ("```sql\nSELECT 1\n```", "SELECT 1"),
        ("```\nSELECT 1```", "SELECT 1"),
        ("<think>```</think>\n```sql SELECT 1 \n\n```\n", "SELECT 1"),
        ("```sql\n```", ""),
        ("```sql\nSELECT '```'\n```", "SELECT '```'"),
        ("Claro: ```sql\nSELECT 1\n```", "Claro: ```sql\nSELECT 1\n```"),
        ("```sql\nSELECT 1", "```sql\nSELECT 1"),
    ],
)
def test_a_fence_around_a_query_is_removed(reply, query):
    assert sql.extract_query(reply) == query
