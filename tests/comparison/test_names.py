from results_factory import result

from seqtasks.comparison.names import differing_settings, names
from seqtasks.reports.row import rows


def _names(*groups):
    return names([rows(runs) for runs in groups])


def test_a_cell_alone_is_named_by_itself():
    assert _names([result(), result(cell="lstm", units=99)]) == [["gru", "lstm"]]


def test_settings_that_differ_are_told_of_all():
    runs = [result(learning_rate=0.1), result(cell="lstm", learning_rate=0.01)]
    assert _names(runs) == [["gru learning_rate=0.1", "lstm learning_rate=0.01"]]
    assert differing_settings(rows(runs)) == ["learning_rate"]


def test_units_are_told_where_one_cell_has_several():
    runs = [result(units=8), result(units=16), result(cell="lstm", units=4)]
    assert _names(runs) == [["gru units=8", "gru units=16", "lstm units=4"]]


def test_options_are_told_of_a_cell_that_has_several_in_any_task():
    one = [result(cell_options={"a": 1, "b": 2}), result(cell="lstm")]
    other = [result(cell_options={"a": 3, "b": 2}), result(cell="lstm")]
    assert _names(one, other) == [["gru a=1", "lstm"], ["gru a=3", "lstm"]]
    assert _names(one) == [["gru", "lstm"]]


def test_settings_that_differ_only_between_tasks_are_the_tasks_own():
    one, other = [result(learning_rate=0.1)], [result(learning_rate=0.2)]
    assert _names(one, other) == [["gru"], ["gru"]]


def test_a_task_with_several_settings_changes_no_name_in_another():
    several = [result(learning_rate=rate) for rate in (0.1, 0.01)]
    names_of_several = ["gru learning_rate=0.1", "gru learning_rate=0.01"]
    assert _names(several, [result()]) == [names_of_several, ["gru"]]


def test_two_files_with_one_name_are_told_apart():
    runs = [result(cell_reference=f"folder/{name}.py:Cell") for name in "ab"]
    assert _names(runs) == [["gru (a.py:Cell)", "gru (b.py:Cell)"]]


def test_values_that_read_the_same_are_numbered():
    runs = [result(learning_rate=rate) for rate in (0.1, 0.1000000001)]
    assert _names(runs) == [["gru learning_rate=0.1 #1", "gru learning_rate=0.1 #2"]]
