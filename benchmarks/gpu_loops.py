"""nlpkit beside the loops that people write, on one GPU: python -m benchmarks.gpu_loops [bits]

All train the same LSTM on the same ids with Adam. `dataloader` pads in `collate_fn`, pins, copies and reads the
loss at each step, as tutorials do; `resident` keeps the whole corpus on the device and cuts batches there, and
reads nothing: what a loop can reach. Rates are medians of the epochs after the first, side by side in turns.
Beside nlpkit's are the share of its time in which the device computes, the share of cuDNN's recurrences, and
how often a step waits for the device. With `bits`, runs are made twice, and once more stopped and gone on with.
"""

from __future__ import annotations

import hashlib
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch import Tensor, nn

import nlpkit
from nlpkit.nn.order import shuffled
from nlpkit.ragged import Ragged
from nlpkit.text import encode, text_tokenizer
from nlpkit.training.progress import TrainingProgress

DATA = nlpkit.Headlines(train_size=20_480, valid_size=500, test_size=500)
SMALL = nlpkit.Lstm(hidden_size=32, embedding=nlpkit.Embedding(size=64))
WIDE = nlpkit.Lstm(hidden_size=512, embedding=nlpkit.Embedding(size=512))
DEEP = nlpkit.Lstm(
    hidden_size=256, num_layers=2, bidirectional=True, pooling="max", embedding=nlpkit.Embedding(size=256)
)
ENCODERS = {"64/32": SMALL, "512/512": WIDE, "2 x 256/256, both directions": DEEP}
BATCHES = (64, 512, 2048)
EPOCHS = 3
WAITS = ("cudaStreamSynchronize", "cudaDeviceSynchronize", "cudaEventSynchronize")


class Plain(nn.Module):
    """The same network of torch's parts: the last state, or the maximum over both directions."""

    def __init__(self, vocab_size: int, encoder: nlpkit.Lstm, classes: int) -> None:
        super().__init__()
        size, both = encoder.embedding.size, encoder.bidirectional
        self.embedding = nn.Embedding(vocab_size, size, padding_idx=0)
        self.lstm = nn.LSTM(size, encoder.hidden_size, encoder.num_layers, batch_first=True, bidirectional=both)
        self.head = nn.Linear(encoder.hidden_size * (2 if both else 1), classes)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        states, _ = self.lstm(self.embedding(ids))  # (B, T, D)
        if not self.lstm.bidirectional:
            last = states[torch.arange(len(ids), device=ids.device), lengths - 1]  # (B, D)
            return self.head(last)  # type: ignore[no-any-return]
        states = states.masked_fill((ids == 0).unsqueeze(2), -torch.inf)
        return self.head(states.amax(dim=1))  # type: ignore[no-any-return]


Batches = Callable[[list[np.ndarray]], Iterator[tuple[Tensor, Tensor, Tensor]]]


def dataloader(ids: Ragged, labels: Tensor) -> Batches:
    """Padded in `collate_fn`, in pinned memory, by one process."""
    rows = [torch.from_numpy(ids.values[a:b].astype(np.int64)) for a, b in zip(ids.offsets, ids.offsets[1:], strict=False)]

    def collate(batch: list[int]) -> tuple[Tensor, Tensor, Tensor]:
        texts = [rows[row] for row in batch]
        lengths = torch.tensor([len(text) for text in texts])
        return nn.utils.rnn.pad_sequence(texts, batch_first=True), lengths, labels[batch]

    def batches(order: list[np.ndarray]) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        loader = torch.utils.data.DataLoader(
            range(len(rows)), batch_sampler=[each.tolist() for each in order], collate_fn=collate, pin_memory=True
        )
        for batch in loader:
            yield tuple(each.to("cuda", non_blocking=True) for each in batch)  # type: ignore[misc]

    return batches


def resident(ids: Ragged, labels: Tensor) -> Batches:
    """The corpus on the device, and batches cut there from row indices."""
    values = torch.from_numpy(ids.values.astype(np.int64)).cuda()
    starts, sizes = torch.from_numpy(ids.offsets[:-1]).cuda(), torch.from_numpy(ids.lengths).cuda()
    gold, lengths_here = labels.cuda(), ids.lengths

    def batches(order: list[np.ndarray]) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        everything = torch.from_numpy(np.concatenate(order)).cuda()
        done = 0
        for each in order:
            rows = everything[done : done + len(each)]
            done += len(each)
            places = torch.arange(int(lengths_here[each].max()), device="cuda")
            lengths = sizes[rows]
            inside = places < lengths.unsqueeze(1)  # (B, T)
            found = values[(starts[rows].unsqueeze(1) + places).clamp(max=len(values) - 1)]
            yield found.where(inside, 0), lengths, gold[rows]

    return batches


def loop(
    ids: Ragged, labels: np.ndarray, size: int, encoder: nlpkit.Lstm, batch_size: int, *, half: bool, way: str
) -> list[float]:
    """Seconds of each epoch of a loop."""
    torch.manual_seed(13)
    model = Plain(size, encoder, int(labels.max()) + 1).cuda()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=way == "resident")
    batches = (resident if way == "resident" else dataloader)(ids, torch.from_numpy(labels))
    seconds, told = [], 0.0
    for epoch in range(EPOCHS):
        torch.cuda.synchronize()
        started = time.perf_counter()
        for texts, lengths, gold in batches(shuffled(ids.lengths, batch_size, seed=13, epoch=epoch)):
            optimizer.zero_grad()
            with torch.autocast("cuda", torch.bfloat16, enabled=half):
                loss = nn.functional.cross_entropy(model(texts, lengths).float(), gold)
            loss.backward()
            optimizer.step()
            told += loss.item() if way == "dataloader" else 0.0
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - started)
    return seconds


def ours(encoder: nlpkit.Lstm, batch_size: int, *, half: bool, profiled: bool = False) -> tuple[list[float], str]:
    """Seconds of each epoch, and what the profiler says of them."""
    trainer = nlpkit.Standard(
        epochs=EPOCHS, device="cuda", batch_size=batch_size, precision="bfloat16" if half else "float32"
    )
    experiment = nlpkit.Experiment(data=DATA, encoder=encoder, trainer=trainer, baseline=False)
    activities = [torch.profiler.ProfilerActivity.CPU, torch.profiler.ProfilerActivity.CUDA]
    with torch.profiler.profile(activities=activities) if profiled else nullcontext() as profile:
        result = nlpkit.run(experiment)
    seconds = [epoch.train_seconds for epoch in result.epochs]
    if profile is None:
        return seconds, ""
    rows = {row.key: row for row in profile.key_averages()}
    steps = EPOCHS * -(-len(result.splits.train) // batch_size)
    busy = sum(row.self_device_time_total for row in rows.values()) / 1e6
    cudnn = sum(row.device_time_total for key, row in rows.items() if key in ("aten::_cudnn_rnn", "aten::_cudnn_rnn_backward")) / 1e6
    waits = sum(rows[name].count for name in WAITS if name in rows)
    return seconds, f"{busy / sum(seconds):.0%} | {cudnn / sum(seconds):.0%} | {waits / steps:.3f}"


def table() -> None:
    result = nlpkit.run(nlpkit.Experiment(data=DATA, encoder=nlpkit.EmbeddingMean(), trainer=nlpkit.Standard(epochs=1), baseline=False))
    splits, model = result.splits, result.model
    assert isinstance(model, nlpkit.Model)
    tokenize = text_tokenizer(result.experiment.tokenizer, result.experiment.text)
    ids, labels = encode(splits.train.texts, tokenize, model.vocab), model.labels.ids(splits.train.labels)
    head = "encoder | batch | precision | dataloader, texts/s | resident | nlpkit | nlpkit / dataloader | nlpkit / resident | device busy | cuDNN | waits a step"
    print(f"| {head} |\n|---|---:|---|{'---:|' * 8}", flush=True)
    for name, encoder in ENCODERS.items():
        for batch_size in BATCHES:
            for half in (False, True) if name != "64/32" else (False,):
                rates: dict[str, list[float]] = {"dataloader": [], "resident": [], "nlpkit": []}
                for _ in range(2):  # in turns
                    for way in ("dataloader", "resident"):
                        rates[way] += loop(ids, labels, len(model.vocab), encoder, batch_size, half=half, way=way)[1:]
                    rates["nlpkit"] += ours(encoder, batch_size, half=half)[0][1:]
                _, told = ours(encoder, batch_size, half=half, profiled=True)
                plain, device, mine = (len(labels) / median(each) for each in rates.values())
                cells = [name, str(batch_size), "bfloat16" if half else "float32", f"{plain:,.0f}", f"{device:,.0f}"]
                cells += [f"{mine:,.0f}", f"{mine / plain:.2f}", f"{mine / device:.2f}", told]
                print(f"| {' | '.join(cells)} |", flush=True)


class Interrupt(nlpkit.Observer):
    """Interrupts the process in a step of the second epoch, once."""

    def step(self, progress: TrainingProgress) -> None:
        if progress.epoch == 2 and 3 * progress.texts > progress.total:
            signal.raise_signal(signal.SIGINT)


def digest(folder: Path) -> str:
    files = sorted(folder.joinpath("model").rglob("weights.safetensors"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def bits() -> None:
    """Each encoder twice, and once more stopped in its second epoch and gone on with."""
    print("| encoder | precision | two runs | stopped and gone on with |\n|---|---|---|---|", flush=True)
    small = replace(DATA, train_size=8_192)
    bag = nlpkit.Experiment(data=small, encoder=nlpkit.EmbeddingMean(), collator=nlpkit.Offsetify(), trainer=nlpkit.Standard(epochs=3, device="cuda", batch_size=512), baseline=False)
    asked = [("embedding mean", "float32", bag)]
    for name, encoder in ENCODERS.items():
        for precision in ("float32", "bfloat16"):
            trainer = nlpkit.Standard(epochs=3, device="cuda", batch_size=512, precision=precision)  # type: ignore[arg-type]
            encoder = replace(encoder, dropout=0.2) if encoder is DEEP else encoder
            asked.append((name, precision, nlpkit.Experiment(data=small, encoder=encoder, trainer=trainer, baseline=False)))
    for name, precision, experiment in asked:
        with tempfile.TemporaryDirectory() as folder:
            one, two, three = (Path(folder) / each for each in ("one", "two", "three"))
            nlpkit.run(experiment, one)
            nlpkit.run(experiment, two)
            stopped = "was not stopped"
            try:
                nlpkit.run(experiment, three, Interrupt())
            except KeyboardInterrupt:
                nlpkit.resume(three)
                stopped = "the same" if digest(three) == digest(one) else "DIFFERENT"
            again = "the same" if digest(two) == digest(one) else "DIFFERENT"
            print(f"| {name} | {precision} | {again} | {stopped} |", flush=True)


if __name__ == "__main__":
    print(torch.__version__, torch.cuda.get_device_name(), flush=True)
    bits() if sys.argv[1:] == ["bits"] else table()
