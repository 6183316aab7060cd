from bench_reports import report, row

from seqtasks.bench.readme import bench_readme, fill_speed, write_readmes
from seqtasks.bench.show import table

ONE = report(row(), name="one")
OTHER = report(row(), row("keras", 2.0), name="other")


def test_the_tables_of_a_readme_are_replaced_between_its_marks(tmp_path):
    path = tmp_path / "README.md"
    path.write_text("before\n<!-- bench -->\nold\n<!-- end of bench -->\nafter\n")
    assert fill_speed(path, [ONE, OTHER])
    expected = table([ONE, OTHER], "markdown")
    assert path.read_text() == (
        f"before\n<!-- bench -->\n{expected}<!-- end of bench -->\nafter\n"
    )


def test_a_mark_names_the_reports_that_it_wants(tmp_path):
    path = tmp_path / "README.md"
    path.write_text("<!-- bench: other, lost -->\n<!-- end of bench -->\n")
    assert fill_speed(path, [ONE, OTHER])
    assert path.read_text().splitlines()[1:-1] == (
        table([OTHER], "markdown").splitlines()
    )


def test_a_readme_without_marks_is_left_alone(tmp_path):
    path = tmp_path / "README.md"
    path.write_text("mine")
    own = tmp_path / "bench" / "README.md"
    assert write_readmes(own.parent, path, [ONE]) == [own]
    assert path.read_text() == "mine"
    assert own.read_text() == bench_readme([ONE])
    assert table([ONE], "markdown") in own.read_text()


def test_no_reports():
    assert "No measurement is kept here yet" in bench_readme([])
