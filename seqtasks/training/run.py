"""One run: an experiment, trained, chosen on validation, scored on test once.

Top to bottom in the order in which things happen: :func:`run` resolves what was asked
for, :func:`run_experiment` prepares, trains and scores it, :func:`fit` is the loop.
"""

import contextlib
import dataclasses
import math
import signal
import threading
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

# Keras asks pandas whether a data set is a data frame, and loads pandas for it.
from keras.src.trainers.data_adapters.tf_dataset_adapter import TFDatasetAdapter

from seqtasks.declared import study_params
from seqtasks.errors import SeqtasksError, UsageError
from seqtasks.evaluations import EvaluationNotWrittenError
from seqtasks.options import require
from seqtasks.result import Result, StandardError
from seqtasks.store import Store, new_run_name
from seqtasks.task import Sample, Split, Task, better
from seqtasks.training.callback import TrainingCallback
from seqtasks.training.checkpoint import CheckpointInterval, parse_interval
from seqtasks.training.devices import Devices
from seqtasks.training.display import Display
from seqtasks.training.example_parts import ExampleRecorder, error_of_score
from seqtasks.training.expected import expected_of
from seqtasks.training.experiment import Experiment
from seqtasks.training.initial_weights import check_task, read_initial
from seqtasks.training.machine import environment
from seqtasks.training.model import build_model, loss_unit
from seqtasks.training.once import claimed
from seqtasks.training.predict import ModelPredictor
from seqtasks.training.progress import default_display
from seqtasks.training.resume import resume_command, start_or_resume
from seqtasks.training.run_writer import Scored, make_result, reason_of, status_of
from seqtasks.training.signals import StoppedError, watched
from seqtasks.training.sizing import sized
from seqtasks.training.slower_loop import slower_loop
from seqtasks.training.state import (
    TrainState,
    get_weights,
    set_weights,
    sync_variables,
)
from seqtasks.training.study import Trial, search_of
from seqtasks.training.tensorboard import TensorBoardDisplay

CHECKPOINT_EVERY = "30s"

# a run of a thread would draw what another's generators were seeded for
_ONE_AT_A_TIME = threading.RLock()

# what sets a run's length, in place of the task's default number of epochs
_LENGTHS = ("epochs", "seconds", "limit", "overfit")

# With fewer validation examples, epochs of one score are compared by their loss; with
# more, the first of them is kept.
_TIES_BELOW = 100
# with fewer, the best epoch is one of many that differ by chance
_FEW_EXAMPLES = 30


class RunFailedError(SeqtasksError):
    """A run that raised an error; its row is written."""


class Terminated(SystemExit):
    """The process was asked to end by SIGTERM; the run's row is written.

    Args:
        result: The row.
    """

    def __init__(self, result: Result):
        super().__init__(128 + signal.SIGTERM)
        self.result = result


def run(
    task: str,
    cell: str | None = None,
    *,
    options: Mapping[str, Any] | None = None,
    cell_options: Mapping[str, Any] | None = None,
    params: int | str | None = None,
    seed: int = 0,
    author: str | None = None,
    store: Store | str | Path | None = None,
    display: Display | None = None,
    resume: bool | None = None,
    checkpoint_every: str | float = CHECKPOINT_EVERY,
    tensorboard: str | Path | None = None,
    save_predictions: bool = False,
    init_from: str | Path | None = None,
    once: bool = False,
    retry: Collection[str] = (),
    devices: str = "one",
    study: str | None = None,
    words: str = "",
    purpose: str = "",
    **settings: Any,
) -> Result:
    """Trains a cell on a task and returns the result.

    A run that was cut off goes on where it was, to the bits of one that never was. In
    several threads runs wait for each other, as random generators are the process's.

    Args:
        task: Name of the task, or path of a file that defines one.
        cell: Name or path of the cell; ``None`` for the task's default.
        options: Values of the task's options.
        cell_options: Values of the cell's options.
        params: Number of trainable parameters of the whole model, for which the number
            of units is found; in place of ``units``. ``"task"`` stands for the number
            that the task declares for comparisons of cells.
        seed: Random seed of the initial weights and of the order of the examples.
        author: Name of the person who runs it, or ``"git"`` for the user of git;
            ``None`` for that of the environment variable ``SEQTASKS_AUTHOR``, if any.
        store: Folder of the result, the weights and the list of test evaluations, or
            its path; ``None`` for none: the test evaluation is then not counted.
        display: Receives the run's events; ``None`` shows a line an epoch in a notebook
            or at Python's prompt, and nothing in a program.
        resume: ``None`` goes on with a run of this very configuration that was cut off,
            if there is one; ``True`` requires that there is; ``False`` begins anew.
        checkpoint_every: Interval between checkpoints: seconds, as in ``30`` or
            ``"30s"``, or steps, as in ``"200 steps"``; 0 for never.
        tensorboard: Folder of event files for TensorBoard; ``None`` for none.
        save_predictions: Whether target and prediction of each test example are
            written beside the result, as ``RUN.predictions.parquet``.
        init_from: Run of the same task with whose weights to begin: its name in the
            store, or the path of its row or its ``.keras`` file; ``None`` for weights
            drawn by the seed.
        once: Whether to train nothing, and return the row, if one of this very
            configuration and seed has ended already.
        study: Search of settings in the store that the run belongs to, as
            :func:`seqtasks.training.study.search_of` takes it; ``None`` for none.
        retry: Statuses of such a row, as ``"failed"``, with which it is run again; it
            goes on from its checkpoint, if there is one.
        devices: ``"all"`` to share each batch among all devices of this machine, with
            the numbers of ``"one"`` to rounding.
        words: Digest of the command line, with ``once``: what it came to is noted under
            it, and the next process need not read the data.
        purpose: Name of the study that the run is one step of, as ``"horizon"``: the
            test split is not scored, and tables leave the row out.
        **settings: Fields of :class:`seqtasks.training.settings.Settings` in place of
            the task's defaults, as in ``epochs=3``.

    Raises:
        UsageError: If something was asked for that cannot be.
        DataUnavailableError: If the data is not there and could not be fetched.
        RunFailedError: If training raised an error; the row is written all the same.
        Terminated: If SIGTERM arrived; the row and a checkpoint are written.
        LostError: If the disk did not take the row.
        BusyError: If ``once`` is asked for and another process trains it.
    """
    with _ONE_AT_A_TIME:
        if store is not None:
            store = Store.of(store)
            store.check_writable()
        elif save_predictions:
            raise UsageError(
                "Expected a store to write predictions into, as save_predictions is "
                "True; got None."
            )
        elif resume or once or study:
            name = "resume" if resume else "once" if once else "study"
            raise UsageError(
                f"Expected a store to go on from, as {name} is given; got None."
            )
        for name in ("limit", "overfit"):
            if save_predictions and settings.get(name) is not None:
                raise UsageError(
                    f"Expected --save-predictions or --{name}: the first keeps "
                    f"predictions for the test split, which a run with --{name} does "
                    f"not score. Leave one out."
                )
        interval = parse_interval(checkpoint_every)
        display = display or default_display()
        experiment = resolve(
            task,
            cell,
            options=options,
            cell_options=cell_options,
            params=params,
            seed=seed,
            author=author,
            devices=devices,
            init_from=init_from,
            purpose=purpose,
            study=study,
            settings=settings,
            store=store,
            display=display,
        )
        trial = None
        if experiment.is_trial and store is not None:
            trial = Trial(store.folder, experiment)
        if tensorboard is not None:
            display = TensorBoardDisplay(Path(tensorboard).expanduser(), display)
        if params is not None:
            settings["units"] = experiment.settings.units
        command = ""
        # one step of a study goes on when the study's own command is typed again
        if store is not None and not purpose:
            given = options or {}, cell_options or {}
            typed = settings | {"save_predictions": save_predictions}
            typed |= {"init_from": init_from, "study": study}
            typed |= {"devices": None if devices == "one" else devices}
            command = resume_command(
                task, cell, *given, seed, typed, store.folder, experiment.author
            )
        with contextlib.ExitStack() as held:
            if once and store is not None:
                ended = claimed(store, experiment, retry, save_predictions, words, held)
                if ended is not None:
                    display.message(f"{ended.run} is done: {ended.status}.")
                    if trial is not None:
                        trial.end(ended)
                    return ended
            return run_experiment(
                experiment,
                store,
                display,
                resume,
                interval,
                command,
                save_predictions,
                retry,
                trial,
            )


def resolve(
    task: str,
    cell: str | None,
    *,
    options: Mapping[str, Any] | None,
    cell_options: Mapping[str, Any] | None,
    params: int | str | None,
    seed: int,
    author: str | None,
    init_from: str | Path | None,
    purpose: str = "",
    devices: str = "one",
    study: str | None = None,
    settings: Mapping[str, Any],
    store: Store | None,
    display: Display,
) -> Experiment:
    """The experiment that was asked for, in the words of :func:`run`."""
    if isinstance(params, str):
        require(params == "task", "params", params, "a number or the word task")
        params = study_params(task)
    experiment = Experiment.resolve(
        task,
        cell,
        options=options,
        cell_options=cell_options,
        settings=settings,
        seed=seed,
        author=author,
        devices=Devices.of(devices),
    )
    if init_from is not None:
        initial = read_initial(init_from, store or Store(Path("results")))
        check_task(initial, experiment.task_entry.name)
        experiment = dataclasses.replace(experiment, initial=initial)
    if purpose:
        experiment = dataclasses.replace(experiment, purpose=purpose)
    if study is not None and store is not None:
        search = search_of(store.folder, study, experiment.cell_entry.name)
        # before any data is read, of which a trial reads no test split
        experiment = dataclasses.replace(experiment, search=search)
    if params is not None:
        if settings.get("units") is not None:
            raise UsageError(
                f"Expected the size as --params or as --units; received both, "
                f"--units being {settings['units']}. Leave one out."
            )
        experiment, message = sized(experiment, params)
        display.message(message)
    chosen = (settings.get(name) for name in _LENGTHS)
    if not any(chosen) and experiment.has_own_data:
        experiment, message = experiment.long_enough()
        if message:
            display.message(message)
    return experiment


def run_experiment(
    experiment: Experiment,
    store: Store | None,
    display: Display,
    resume: bool | None,
    interval: CheckpointInterval,
    command: str,
    save_predictions: bool = False,
    retry: Collection[str] = (),
    trial: Trial | None = None,
) -> Result:
    """Prepares, trains and scores an experiment; :func:`run` has the arguments.

    Args:
        experiment: The experiment.
        store: Folder of the results; ``None`` for none.
        display: Receives the run's events.
        resume: Whether to go on with a run that was cut off.
        interval: Interval between checkpoints.
        command: Command line that goes on with the run.
        save_predictions: Whether each test example's prediction is written.
        retry: Statuses of a run that failed with which it goes on, too.
        trial: Trial of a search that the run is; ``None`` for none.
    """
    # Data, model, baselines. A model for which there is no memory has a row as well.
    failure: Exception | None = None
    try:
        experiment.prepare(store.folder if store else None, display)
    except Exception as error:
        if status_of(error) != "out_of_memory":
            raise
        failure = error

    if message := few_examples(experiment):
        display.message(message)
    with watched() as signals:
        # The run: one that was cut off, whose state the model gets, or a new one.
        if store is not None:
            writer, state = start_or_resume(
                experiment, store, command, interval, resume, display, retry
            )
        else:
            writer, state = None, TrainState()
        try:
            scored = Scored()
            names = experiment.task_entry.name, experiment.cell_entry.name
            name = writer.run if writer else new_run_name(*names, experiment.seed)
            try:
                about = {"run": name, "uses": uses_of(experiment.task)}
                display.configured(experiment.configuration | about)
                if failure is not None:
                    raise failure
                callback = TrainingCallback(experiment, state, display, writer, signals)
                with experiment.devices.scope():
                    fit(experiment, callback, trial)
                if state.status == "diverged":
                    found = experiment.pipeline.not_finite()
                    state.reason = f"{state.reason} {found}".rstrip()
                if state.status == "finished" and not experiment.is_trial:
                    scored = score_best(experiment, callback, save_predictions)
            except KeyboardInterrupt:  # later ones are caught where they are
                state.status = "interrupted"
                state.reason = f"{signals.word} {state.place}."
            except Exception as error:
                failure = error
                state.status = status_of(error)
                state.reason = f"{reason_of(error)} ({state.place})"

            # The row, however the run ended; no signal cuts off its writing.
            with signals.shield():
                if writer is not None:
                    result = writer.end(state, scored)
                else:
                    here = environment(experiment.devices.count)
                    result = make_result(name, experiment, here, state, scored)
                if trial is not None:
                    trial.end(result)
        finally:
            if writer is not None:
                writer.release()

    if failure is not None:
        raise RunFailedError(f"The run failed: {result.reason}") from failure
    if signals.received == signal.SIGTERM:
        raise Terminated(result)
    if result.status == "finished" and not experiment.is_trial:
        display.finished(result, lambda: drawn_sample(experiment))
    return result


def drawn_sample(experiment: Experiment) -> Sample | None:
    """What the model generates; ``None`` if the task has no samples."""
    task = experiment.task
    if task.sample is None:
        return None
    return task.sample(predictor_of(experiment), "", 400, 0.8, experiment.seed)


def predictor_of(experiment: Experiment) -> ModelPredictor:
    """The experiment's model, in the form in which a task generates and scores."""
    model = experiment.model
    if experiment.devices.count > 1:
        # on one device, as it is asked for any number of rows
        features = experiment.first_batch[0]
        model = build_model(
            experiment.task, experiment.make_cell, experiment.settings, features
        )
        set_weights(model, get_weights(experiment.model))
    return ModelPredictor(
        model,
        experiment.task,
        experiment.pipeline,
        experiment.make_cell,
        experiment.settings,
    )


def uses_of(task: Task) -> list[str]:
    """The commands that use a trained model of a task."""
    has = {"sample": task.sample, "predict": task.processor}
    return [name for name, made in has.items() if made is not None]


def few_examples(experiment: Experiment) -> str:
    """A sentence if few validation examples choose the epoch; empty if enough do."""
    count = len(experiment.pipeline.lengths["validation"])
    # with a target at each time step, an example is many
    many = count >= _FEW_EXAMPLES or experiment.task.return_sequences
    if many or experiment.settings.overfit is not None:
        return ""
    return (
        f"The validation split has {count} example{'' if count == 1 else 's'}: which "
        f"epoch is the best is decided by chance as much as by the model. From about "
        f"{_FEW_EXAMPLES} on it is not; compare several seeds."
    )


def fit(
    experiment: Experiment, callback: TrainingCallback, trial: Trial | None = None
) -> None:
    """Trains epoch by epoch and keeps the weights that validate best.

    A loss that is not finite ends the run as ``diverged``, a signal as
    ``interrupted``; both keep the best weights so far.

    Args:
        experiment: The experiment, prepared.
        callback: It holds the state, from which training goes on, and changes it.
        trial: Trial of a search, which may end the run early, as ``pruned``.
    """
    model, pipeline = experiment.model, experiment.pipeline
    state, writer = callback.state, callback.writer
    settings, budget = experiment.settings, callback.budget
    # a step that makes the optimizer's variables is traced by TensorFlow twice
    model.optimizer.build(model.trainable_variables)
    if slower := slower_loop(experiment):
        callback.display.message(slower)
    expected = expected_of(experiment)
    if expected and not state.steps:
        callback.display.message(f"Expected on the way: {expected}.")
    epochs = math.inf if settings.epochs is None else settings.epochs
    callback.display.started(
        settings.epochs,
        pipeline.steps,
        experiment.task.step_name,
        done=state.steps,
        seconds=budget.left(state) if budget else None,
        loss_unit=loss_unit(experiment.task),
    )
    try:
        # `step` is above 0 from an epoch's first step until it is validated: an epoch
        # that was begun is always brought to its end.
        while state.step or not (
            state.epoch >= epochs
            or callback.budget_is_used_up
            or no_better(state, settings.early_stopping)
        ):
            # 1. Train what is left of the epoch, which may be nothing.
            if not state.trained:
                _train_epoch(experiment, callback)
            if state.status != "finished":
                break
            # 2. Validate.
            scores = evaluate(experiment, "validation", callback)
            # 3. Keep the weights, if they are the best so far.
            _keep_best(experiment, callback, scores)
            value = scores[experiment.task.monitor]
            if expected and (off := expected.far_off(state.epoch + 1, value)):
                callback.display.message(off)
                expected = None  # once is enough
            if state.status != "finished":
                break
            # 4. The epoch is over.
            state.epoch, state.step = state.epoch + 1, 0
            if writer is not None:
                writer.after_epoch(model, state)
            # 5. A trial that is worse than most others ends here.
            reason = trial.report(state.epoch, value) if trial is not None else ""
            going_on = state.epoch < epochs and not callback.budget_is_used_up
            if reason and going_on:
                state.status, state.reason = "pruned", reason
                break
        going_on = state.epoch < epochs and not callback.budget_is_used_up
        if state.status == "finished" and going_on:
            state.reason = (
                f"Stopped early, after {state.epoch} epochs: none of the last "
                f"{settings.early_stopping} was better than epoch {state.best_epoch}."
            )
    except (KeyboardInterrupt, StoppedError):
        state.status = "interrupted"
        state.reason = f"{callback.signals.word} {state.place}."
        # in the middle of a step, the last checkpoint is all there is
        if callback.whole:
            sync_variables(model)
            if writer is not None:
                writer.save(model, state)
            if state.best_weights is None:
                state.best_weights = get_weights(model)
    finally:
        callback.tick()
        callback.display.ended()
        if budget is not None:
            callback.display.message(budget.not_counted)


def no_better(state: TrainState, patience: int | None) -> bool:
    """Whether so many epochs went by without a better one; never with ``None``."""
    return patience is not None and state.epoch - state.best_epoch >= patience


def _train_epoch(experiment: Experiment, callback: TrainingCallback) -> None:
    """Trains what is left of the epoch that goes on, and of the budget."""
    model, pipeline, state = experiment.model, experiment.pipeline, callback.state
    if not state.step:
        model.reset_carried_state()
    if state.step < pipeline.steps and not callback.budget_is_used_up:
        callback.begin_training()
        try:
            model.fit(
                # (seed, epoch) alone give the order, so that the rest of an epoch
                # that was cut off is found without reading what was trained
                TFDatasetAdapter(pipeline.train(state.epoch, start=state.step)),
                initial_epoch=state.epoch,
                epochs=state.epoch + 1,
                shuffle=False,  # the pipeline has done it
                verbose=0,
                callbacks=[callback],
            )
        finally:
            callback.pause_training()
    state.history.append(
        {
            "epoch": state.epoch + 1,
            "loss": callback.loss,
            **{f"train_{name}": value for name, value in state.train_scores.items()},
            "learning_rate": float(model.optimizer.learning_rate),
            "seconds": state.epoch_seconds,
        }
    )
    state.epoch_seconds = 0.0


def evaluate(
    experiment: Experiment,
    split: Split,
    callback: TrainingCallback | None = None,
    recorder: ExampleRecorder | None = None,
) -> dict[str, float]:
    """The metrics on a split, without the loss, which metrics repeat in known units.

    Of train as many batches are scored as validation has: a whole training split may
    take as long as an epoch.

    Args:
        experiment: The experiment, with a trained model.
        split: Name of the split.
        callback: Ends the run between two batches if a signal arrives.
        recorder: Records what each example adds to the metrics.
    """
    model, pipeline = experiment.model, experiment.pipeline
    model.reset_carried_state()
    train = split == "train"
    batches = pipeline.train_sample() if train else pipeline.evaluation(split)
    with experiment.devices.scope():
        scores = model.evaluate(
            TFDatasetAdapter(batches),
            verbose=0,
            return_dict=True,
            callbacks=[one for one in (callback, recorder) if one],
        )
    return {name: float(value) for name, value in scores.items() if name != "loss"}


def _keep_best(
    experiment: Experiment, callback: TrainingCallback, scores: dict[str, float]
) -> None:
    """Adds the validation's scores to the history; keeps the weights if best so far."""
    task, state = experiment.task, callback.state
    state.history[-1].update(
        {f"validation_{name}": value for name, value in scores.items()}
    )
    value = scores[task.monitor]
    if not math.isfinite(value):
        state.status = "diverged"
        state.reason = (
            f"{task.monitor} on validation was {value} after step {state.steps}; "
            f"{state.loss}."
        )
        return
    best = not state.best_epoch or better(
        value, state.best_scores[task.monitor], task.mode
    )
    # few examples give few values, which many epochs share
    if not best and value == state.best_scores[task.monitor]:
        few = len(experiment.pipeline.lengths["validation"]) < _TIES_BELOW
        before = math.inf if state.best_loss is None else state.best_loss
        best = few and callback.test_loss < before
    if best:
        state.best_epoch = state.epoch + 1
        loss = callback.test_loss
        state.best_loss = loss if math.isfinite(loss) else None
        state.best_scores = scores
        state.best_weights = get_weights(experiment.model)
    callback.display.evaluated(state.history[-1], task.monitor, best)


def score_best(
    experiment: Experiment, callback: TrainingCallback, keep: bool = False
) -> Scored:
    """The best weights' metrics on train, and once on the test split.

    A smoke run scores no test split: it shows that everything runs, and the split is
    kept for the run that is meant. Nor does one step of a study, by whose score on
    validation the next step is chosen.

    Returns:
        Metrics, and standard errors of those on test; none if a signal ended the run
        before.
    """
    task, model = experiment.task, experiment.model
    state, writer = callback.state, callback.writer
    assert state.best_weights is not None
    set_weights(model, state.best_weights)
    unscored = experiment.settings.limit is not None or experiment.purpose != ""
    overfit = experiment.settings.overfit is not None
    try:
        # by the same weights as the other splits: what is better here is overfitting
        train = evaluate(experiment, "train", callback)
        scored: dict[str, float] = {}
        errors: dict[str, StandardError] = {}
        predictions = None
        if not unscored:
            # Counted before it is made: a process killed meanwhile has seen it.
            if writer is not None and not overfit:
                writer.log_evaluation()
            recorder = ExampleRecorder(task, experiment.pipeline, "test", keep)
            scored = evaluate(experiment, "test", callback, recorder)
            # of examples that were trained on, an error over others says nothing
            errors = {} if overfit else recorder.standard_errors(scored)
            predictions = recorder.predictions() if keep else None
        if task.scores:
            predictor = predictor_of(experiment)
            of_validation = task.scores(predictor, "validation")
            state.best_scores |= {n: float(v) for n, v in of_validation.items()}
            of_test = {} if unscored else task.scores(predictor, "test")
            scored |= {n: float(v) for n, v in of_test.items()}
            errors |= {n: error_of_score(n, v) for n, v in of_test.items()}
        return Scored(train, scored, errors, predictions)
    except (KeyboardInterrupt, StoppedError):
        state.status = "interrupted"
        state.reason = (
            f"{callback.signals.word} while the test split was scored, {state.place}."
        )
    except EvaluationNotWrittenError as error:
        state.status = "failed"
        state.reason = str(error)
    if writer is not None and callback.whole:
        writer.save(model, state)
    return Scored()
