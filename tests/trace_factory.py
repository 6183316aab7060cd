"""Traces computed by NumPy alone: an Elman cell, gates, vectors, hostile labels."""

import dataclasses
import itertools

import numpy as np

from seqtasks.analysis.trace import Step, StepGradient, Trace, Value


def elman(word: str = "machine", units: int = 4, classes: str = "", seed: int = 0):
    """An untrained Elman cell that predicts the next character of a word."""
    letters = tuple(classes or sorted(set(word)))
    rng = np.random.default_rng(seed)
    features = len(letters)
    w = {
        "kernel": rng.normal(size=(features + units, units)) / 2,
        "bias": rng.normal(size=units) / 10,
        "output.kernel": rng.normal(size=(units, features)) / 2,
        "output.bias": np.zeros(features),
    }
    h, losses, steps = np.zeros(units), [], []
    for t, letter in enumerate(word[:-1]):
        x = np.eye(features)[letters.index(letter)]
        both = np.concatenate([x, h])
        product = both @ w["kernel"]
        new = np.tanh(product + w["bias"])
        logits = new @ w["output.kernel"] + w["output.bias"]
        p = np.exp(logits) / np.exp(logits).sum()
        target = letters.index(word[t + 1])
        losses.append(-np.log(p[target]))
        call = "ops.matmul(both, self.kernel)"
        values = (
            ("both", "ops.concatenate([inputs, h], axis=-1)", "concatenation", both),
            ("", call, "product", product),
            ("", f"{call} + self.bias", "sum", product + w["bias"]),
            ("h", f"self.activation({call} + self.bias)", "activation", new),
        )
        steps.append(
            Step(
                index=t,
                label=letter,
                number=letters.index(letter),
                input=x,
                raw=None,
                states_before=(h,),
                values=tuple(Value(*value) for value in values),
                output=new,
                states=(new,),
                logits=logits,
                distribution=p,
                prediction=None,
                target=word[t + 1],
                target_index=target,
                loss=float(losses[-1]),
                perplexity=float(np.exp(np.mean(losses))),
            )
        )
        h = new
    return Trace(
        task="char_lm",
        cell="elman",
        run=None,
        title=f"elman on {word!r}: untrained, {units} units",
        state_names=("h",),
        classes=letters,
        weights=w,
        steps=tuple(steps),
        gradients=_backwards(steps, w, features),
        loss=float(np.mean(losses)),
        loss_unit="nats",
    )


def _backwards(steps, w, features):
    """The gradients of the mean loss by the chain rule, step by step."""
    last = len(steps)
    u = w["kernel"][features:]
    # d(loss of step s) / d(logits of step s)
    of_logits = [
        (step.distribution - np.eye(features)[step.target_index]) / last
        for step in steps
    ]
    jacobians = [u.T * (1 - step.output**2)[:, None] for step in steps]
    gradients = []
    for t, step in enumerate(steps):
        parts = []
        for s in range(t, last):
            of_state = w["output.kernel"] @ of_logits[s]
            for between in range(s, t, -1):
                of_state = jacobians[between].T @ of_state
            parts.append(of_state)
        total = np.sum(parts, axis=0)
        of_sum = total * (1 - step.output**2)
        both = step.values[0].value
        weights = {
            "kernel": np.outer(both, of_sum),
            "bias": of_sum,
            "output.kernel": np.outer(step.output, of_logits[t]),
            "output.bias": of_logits[t],
        }
        gradients.append(
            StepGradient(
                index=t,
                state=(total,),
                by_loss=np.array([0.0] * t + [np.linalg.norm(part) for part in parts]),
                jacobian=jacobians[t],
                norm=float(np.linalg.norm(jacobians[t], 2)),
                radius=float(max(abs(np.linalg.eigvals(jacobians[t])))),
                weights=weights,
            )
        )
    return tuple(gradients)


def gated(word: str = "machine", units: int = 4):
    """The same trace with the values of gates, as a GRU has them."""
    trace = elman(word, units)
    rng = np.random.default_rng(1)
    names = [
        ("product", "recurrent_matmul(h, self.recurrent_kernel)", "product", 3),
        ("h_z", "ops.split(product, 3, axis=-1)", "split", 1),
        ("h_r", "ops.split(product, 3, axis=-1)", "split", 1),
        ("h_h", "ops.split(product, 3, axis=-1)", "split", 1),
        ("", "x_z + h_z", "sum", 1),
        ("z", "ops.sigmoid(x_z + h_z)", "activation", 1),
        ("r", "ops.sigmoid(x_r + h_r)", "activation", 1),
        ("", "r * (h_h + self.recurrent_bias)", "elementwise product", 1),
        (
            "candidate",
            "ops.tanh(x_h + r * (h_h + self.recurrent_bias))",
            "activation",
            1,
        ),
        ("h", "z * h + (1 - z) * candidate", "sum", 1),
    ]

    def gates(step):
        values = tuple(
            Value(name, source, kind, rng.uniform(-1, 1, width * units))
            for name, source, kind, width in names
        )
        return dataclasses.replace(step, values=values)

    features = len(trace.classes)
    weights = {
        "kernel": rng.normal(size=(features, 3 * units)),
        "recurrent_kernel": rng.normal(size=(units, 3 * units)),
        "bias": rng.normal(size=3 * units),
        "output.kernel": trace.weights["output.kernel"],
        "output.bias": trace.weights["output.bias"],
    }
    return dataclasses.replace(
        trace,
        cell="gru",
        title=f"gru on {word!r}: untrained, {units} units",
        weights=weights,
        steps=tuple(gates(step) for step in trace.steps),
        gradients=tuple(
            dataclasses.replace(
                one, weights={n: rng.normal(size=w.shape) for n, w in weights.items()}
            )
            for one in trace.gradients
        ),
    )


def with_second_state(trace: Trace):
    """The same trace with a memory beside its state."""

    def doubled(step):
        before, after = step.states_before, step.states
        return dataclasses.replace(
            step,
            states_before=(*before, *before),
            states=(*after, after[0] * 2),
        )

    return dataclasses.replace(
        trace,
        cell="lstm",
        state_names=("h", "c"),
        steps=tuple(doubled(step) for step in trace.steps),
        gradients=tuple(
            dataclasses.replace(
                one,
                state=one.state * 2,
                jacobian=np.kron(np.eye(2), one.jacobian),
            )
            for one in trace.gradients
        ),
    )


def vectors(raw_shape: tuple[int, ...], steps: int = 8, units: int = 32):
    """A regression on vectors: frames if ``raw_shape`` has two axes or more."""
    rng = np.random.default_rng(2)
    trace = elman("ab" * (steps // 2) + "a", units, "abcdefghijklmnop")

    def as_vector(step):
        raw = np.sin(step.index / 2 + np.arange(int(np.prod(raw_shape))) / 9)
        last = step.index == steps - 1
        return dataclasses.replace(
            step,
            label=f"frame {step.index + 1}"
            if len(raw_shape) > 1
            else f"{np.ravel(raw)[0]:.2f}",
            number=None,
            input=rng.normal(size=16),
            raw=raw.reshape(raw_shape),
            logits=None,
            distribution=None,
            prediction=rng.normal(size=4) if last else None,
            target="0.1, 0.2, 0.3, 0.4" if last else None,
            target_index=None,
            loss=0.25 if last else None,
            perplexity=None,
        )

    return dataclasses.replace(
        trace,
        task="forecast",
        classes=(),
        steps=tuple(as_vector(step) for step in trace.steps[:steps]),
        gradients=trace.gradients[:steps],
        loss_unit="mean squared error",
    )


def with_texts(texts: list[str]):
    """A trace in which the texts stand wherever there is one, in turn."""
    trace = elman("machinery")
    turn = itertools.cycle(texts)
    weights = {name: next(turn) + name for name in trace.weights}

    def weighed(values):
        return {weights[name]: value for name, value in values.items()}

    steps = [
        dataclasses.replace(
            step,
            label=next(turn),
            target=next(turn),
            values=tuple(
                dataclasses.replace(value, name=next(turn), source=next(turn))
                for value in step.values
            ),
        )
        for step in trace.steps
    ]
    return dataclasses.replace(
        trace,
        task=next(turn),
        cell=next(turn),
        run=next(turn),
        title=next(turn),
        state_names=(next(turn),),
        classes=tuple(next(turn) for _ in trace.classes),
        weights=weighed(trace.weights),
        steps=tuple(steps),
        gradients=tuple(
            dataclasses.replace(one, weights=weighed(one.weights))
            for one in trace.gradients
        ),
        loss_unit=next(turn),
    )
