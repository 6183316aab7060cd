"""The outcome of a search: what was chosen for each cell, and what it reached."""

from seqtasks.reports import numbers
from seqtasks.reports.row import rows
from seqtasks.reports.table import ARROWS, Column, Line, Table, as_text
from seqtasks.store import Store
from seqtasks.training.study import storage
from seqtasks.tuning.search import Plan, best_of


def best_table(plan: Plan, store: Store) -> str:
    """The best settings of each cell as a table, with their scores.

    Args:
        plan: The search, which has ended.
        store: Folder of the results.
    """
    task = plan.experiments[0].task
    kept = storage(plan.folder, plan.study)
    metric = f"{task.monitor} {ARROWS[task.mode]}"
    columns = (
        Column("cell", right=False),
        *(Column(one.name) for one in plan.space),
        Column(f"validation {metric}"),
        Column("of trial"),
        Column("with the task's own settings"),
        Column(f"test {metric}"),
        Column("trials", right=False),
    )
    lines = []
    for one in best_of(plan, kept):
        first = f"{plan.experiments[0].task_entry.name}-{plan.name(one.cell)}-s"
        final = [
            row
            for row in store.read((first,))[0]
            if row.search is not None
            and (row.search.study, row.search.trials) == (plan.study, plan.trials)
        ]
        scores = [numbers.estimate(row.score) for row in rows(final)]
        counts = ", ".join(f"{count} {name}" for name, count in one.statuses.items())
        own = numbers.number(one.of_defaults) if one.of_defaults is not None else ""
        cells = (
            one.cell,
            *(numbers.setting(one.values[r.name]) for r in plan.space),
            numbers.number(one.value),
            str(one.trial),
            own,
            "; ".join(scores),
            counts,
        )
        lines.append(Line("run", cells))
    notes = (
        "Scores on validation are of one seed, and the best of many: those on test, of "
        "other seeds, are what to compare.",
    )
    return as_text(Table(f"Study {plan.study}", columns, tuple(lines), notes))
