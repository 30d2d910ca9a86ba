"""Results as tables."""

from __future__ import annotations

from agent.api.dashboard.tables import ResultTable, tables_in


def test_a_list_of_records_is_a_table_of_all_their_columns() -> None:
    result = {"guests": [{"name": "Ann", "room": 4}, {"name": "Bo", "vip": True}]}
    assert list(tables_in(result)) == [
        ResultTable("guests", ("name", "room", "vip"), (("Ann", "4", ""), ("Bo", "", "true")))
    ]


def test_plain_values_share_one_table_and_a_list_of_them_has_one_column() -> None:
    result = {"total": 3, "names": ["Ann", "Bo"], "more": {"deep": 1}}
    assert list(tables_in(result)) == [
        ResultTable("values", ("total",), (("3",),)),
        ResultTable("names", ("names",), (("Ann",), ("Bo",))),
    ]
