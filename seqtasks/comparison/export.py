"""A comparison in full precision, for programs."""

import json
from collections.abc import Sequence
from typing import Any

from seqtasks.comparison.comparison import Comparison
from seqtasks.comparison.contender import Contender
from seqtasks.comparison.field import Field
from seqtasks.comparison.pair import Pair
from seqtasks.comparison.ranking import Ranking
from seqtasks.reports.export import finite


def as_json(comparison: Comparison, left_out: str = "") -> str:
    """Strict JSON; ``null`` is what there is none of."""
    data = {
        "confidence": comparison.confidence,
        "seed": comparison.seed,
        "reference": comparison.reference or None,
        "left_out": left_out or None,
        "tasks": [
            _task(field, pairs, comparison.confidence)
            for field, pairs in zip(comparison.fields, comparison.pairs, strict=True)
        ],
        "ranking": _ranking(comparison.ranking),
    }
    return json.dumps(finite(data), indent=1, default=str, allow_nan=False) + "\n"


def _task(field: Field, pairs: Sequence[Pair], confidence: float) -> dict[str, Any]:
    run = field.first
    return {
        "name": field.name,
        "task": run.task,
        "version": run.task_version,
        "options": run.options,
        "fingerprint": run.fingerprint,
        "metric": run.monitor,
        "split": "test",
        "mode": run.mode,
        "unit": run.metric_units.get(run.monitor, ""),
        "differing_settings": list(field.differing),
        "contenders": [_contender(one, confidence) for one in field.contenders],
        "pairs": [_pair(pair) for pair in pairs],
    }


def _contender(one: Contender, confidence: float) -> dict[str, Any]:
    return {
        "name": one.name,
        "cell": one.row.cell,
        "cell_options": one.row.cell_options,
        "settings": one.row.settings,
        "num_params": one.row.num_params,
        "mean": one.mean,
        "interval": one.interval(confidence),
        "scores": one.scores,
        "unfinished": one.unfinished,
        "failed": one.failed,
        "runs": [run.run for run in one.row.runs],
    }


def _pair(pair: Pair) -> dict[str, Any]:
    answer = pair.answer
    return {
        "first": pair.first.name,
        "second": pair.second.name,
        "seeds": list(pair.seeds),
        "differences": list(pair.differences),
        "mean": pair.mean,
        "p": answer and answer.p,
        "p_corrected": answer and answer.corrected,
        "level": answer and answer.level,
        "interval": answer and answer.interval,
        "bootstrap_interval": answer and answer.bootstrap,
        "verdict": answer and answer.verdict,
        "more_seeds": answer and answer.more_seeds,
        "remark": pair.remark or None,
        "survivors": pair.survivors,
    }


def _ranking(ranking: Ranking | None) -> dict[str, Any] | None:
    if ranking is None:
        return None
    return {
        "contenders": list(ranking.names),
        "tasks": list(ranking.tasks),
        "ranks": [list(row) for row in ranking.ranks],
        "average": list(ranking.average),
        "alpha": ranking.alpha,
        "friedman_chi_squared": ranking.chi_squared,
        "friedman_p": ranking.p,
        "rejects": ranking.rejects,
        "critical_difference": ranking.critical_difference,
        "fewest_tasks": ranking.fewest_tasks,
        "not_told_apart": [list(ranking.names[a : b + 1]) for a, b in ranking.bars],
        "failed": ranking.failed,
        "left_out": list(ranking.left_out),
    }
