import pytest

from seqtasks.data.text_table import TableError, text_table


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_cells_are_text_and_rows_have_their_lines(separator):
    table = text_table("\r\na, b\r\n\r\n,\n 1.50 ,NA\n".replace(",", separator))
    assert table.values.tolist() == [["a", "b"], ["1.50", "NA"]]
    assert table.index.tolist() == [2, 5]


def test_marks_within_a_cell_that_are_not_doubled():
    table = text_table('a,b\n"he said "yes" to it",1\n"x, y",2\n')
    assert table.values.tolist()[1:] == [['he said yes" to it"', "1"], ["x, y", "2"]]
    assert table.index.tolist() == [1, 2, 3]
    table = text_table('a,b\n"is it \\"so\\"?",1\n')
    assert table.values.tolist()[1:] == [['is it "so"?', "1"]]


def test_quotes_and_texts_without_a_row():
    assert text_table('a;b\n"1;2";3').values.tolist() == [["a", "b"], ["1;2", "3"]]
    assert len(text_table("")) == len(text_table("\n\n")) == 0


LEFT_OPEN = (
    "line {} cannot be read: a quotation mark opens a cell and does not close it "
    '(within a cell, a mark is written "")'
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n\n1,2,3\n", "line 3 has 3 cells, not 2"),
        ("\na,b\n1,2,3\n", "line 3 has 3 cells, not 2"),
        ("a,b\n1,2\n3\n", "line 3 has 1 cells, not 2"),
        ('a,b\n1,"2\n3,4\n', LEFT_OPEN.format(2)),
        ('a,b\n"1"2",3\n', LEFT_OPEN.format(2)),
    ],
)
def test_what_is_no_table(text, message):
    with pytest.raises(TableError) as error:
        text_table(text)
    assert str(error.value) == message
