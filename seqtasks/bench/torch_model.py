"""The model in PyTorch, with layers written in it and its own Adam."""

import importlib
import importlib.metadata
import time
from typing import Any

import torch

from seqtasks.bench.batches import (
    Batch,
    Mode,
    Sample,
    kernel_elements,
    make_batches,
    tokens_of,
)
from seqtasks.bench.settings import EMBEDDING, OF_PYTORCH, SYMBOLS, BenchSettings
from seqtasks.errors import UsageError

_PADDING = -100  # targets that cross_entropy leaves out


class TorchModel:
    """embedding(64) → ``nn.LSTM`` or another layer → linear(65), with Adam.

    The batches are tensors on the device; sequences of varying lengths are packed for
    PyTorch's own layers, and padded for others, which do not know packed ones: padding
    stands at the end, so that it changes no output that counts. The loss of each step
    is read, as in Keras' ``fit``.

    Args:
        cell: A cell of which the library has a layer.
        settings: Sizes of the model and of the measurement.
        library: One of :data:`seqtasks.bench.settings.OF_PYTORCH`.

    Raises:
        UsageError: If a GPU was asked for and there is none.
    """

    def __init__(self, cell: str, settings: BenchSettings, library: str = "torch"):
        torch.manual_seed(0)
        self._device = _device(settings.device)
        self._lower_precision = settings.precision == "mixed_bfloat16"
        self._packed = settings.min_length is not None and library == "torch"
        self._batches = make_batches(settings)
        self._tensors = [self._on_device(batch) for batch in self._batches]
        module, layers = OF_PYTORCH[library]
        layer = getattr(importlib.import_module(module), layers[cell])
        self._library = library
        self._prefix = "nn" if library == "torch" else library
        self._embedding = torch.nn.Embedding(SYMBOLS, EMBEDDING)
        self._recurrence = layer(EMBEDDING, settings.units, batch_first=True)
        self._head = torch.nn.Linear(settings.units, SYMBOLS)
        self._network = torch.nn.ModuleList(
            [self._embedding, self._recurrence, self._head]
        ).to(self._device)
        self._optimizer = torch.optim.Adam(self._network.parameters())
        self.modes: dict[str, Mode] = {"train": self._train, "forward": self._forward}

    def _on_device(self, batch: Batch):
        inputs, targets, mask = (
            torch.from_numpy(part[:, : batch.length])
            for part in (batch.inputs, batch.targets, batch.mask)
        )
        inputs = inputs.long()
        targets = targets.long().masked_fill(~mask, _PADDING)
        lengths = torch.from_numpy(batch.mask.sum(axis=1))
        return inputs.to(self._device), targets.to(self._device), lengths

    def _loss(self, step: int):
        inputs, targets, lengths = self._tensors[step % len(self._tensors)]
        with torch.autocast(
            self._device.type, torch.bfloat16, enabled=self._lower_precision
        ):
            outputs = self._embedding(inputs)
            if self._packed:
                outputs = torch.nn.utils.rnn.pack_padded_sequence(
                    outputs, lengths, batch_first=True, enforce_sorted=False
                )
            outputs, _ = self._recurrence(outputs)
            if self._packed:
                outputs, _ = torch.nn.utils.rnn.pad_packed_sequence(
                    outputs, batch_first=True, total_length=inputs.shape[1]
                )
            logits = self._head(outputs)
            return torch.nn.functional.cross_entropy(
                logits.flatten(0, 1), targets.flatten(), ignore_index=_PADDING
            )

    def _train(self, steps: int) -> Sample:
        self._network.train()

        def step(number):
            self._optimizer.zero_grad(set_to_none=True)
            loss = self._loss(number)
            loss.backward()
            self._optimizer.step()
            loss.item()

        return self._timed(step, steps)

    def _forward(self, steps: int) -> Sample:
        self._network.eval()
        with torch.inference_mode():
            return self._timed(lambda number: self._loss(number).item(), steps)

    def _timed(self, step, steps: int) -> Sample:
        ends = [time.perf_counter()]
        for number in range(steps + 1):
            step(number)
            ends.append(time.perf_counter())
        tokens = tokens_of(self._batches, steps)
        return Sample(ends[1] - ends[0], ends[-1] - ends[1], steps, tokens)

    def about(self) -> dict[str, Any]:
        """Fields of its row."""
        products = [*self._recurrence.parameters(), *self._head.parameters()]
        return {
            "implementation": f"{self._prefix}.{type(self._recurrence).__name__}",
            "num_params": sum(p.numel() for p in self._network.parameters()),
            "kernel_elements": kernel_elements([tuple(p.shape) for p in products]),
            "versions": {
                "torch": torch.__version__,
                self._library: importlib.metadata.version(self._library),
            },
        }


def _device(asked: str) -> torch.device:
    if asked == "gpu" and not torch.cuda.is_available():
        raise UsageError("Expected a GPU, as --device gpu asks for; PyTorch has none.")
    use = asked != "cpu" and torch.cuda.is_available()
    return torch.device("cuda" if use else "cpu")
