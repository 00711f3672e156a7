from __future__ import annotations

import csv
import json
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks import kernel
from benchmarks.__main__ import main
from benchmarks.contenders import Contender, contenders
from benchmarks.corpora import facts_of, write_rows
from benchmarks.environments import REQUIREMENTS
from benchmarks.notebook import Notebook, tokenize, vocabulary
from benchmarks.peers.protocol import Job, Peer, predict, share_right, train
from benchmarks.process import Failed, measured
from benchmarks.records import Record, read
from benchmarks.session import Bench
from nlpkit.nn import recurrent

ROOT = Path(__file__).resolve().parents[2]


class Parrot(Peer):
    """Learns how often each label occurs and always says the most frequent one."""

    def prepare(self, texts: Any, labels: Any, documents: int) -> None:
        self.labels = list(labels[:documents])

    def epoch(self) -> int:
        self.label = Counter(self.labels).most_common(1)[0][0]
        return len(self.labels)

    def predict(self, texts: Any) -> list[str]:
        return [self.label] * len(texts)

    def save(self, folder: Path) -> None:
        (folder / "label.txt").write_text(self.label, encoding="utf-8")

    def load(self, folder: Path) -> None:
        self.label = (folder / "label.txt").read_text(encoding="utf-8")


def test_a_peer_trains_saves_and_predicts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "rows.csv"
    write_rows(file, [("a", "1"), ("a", "2"), ("b", "3"), ("b", "4"), ("b", "5")])
    files = {"train": str(file), "test": str(file), "texts": str(file), "labels": str(tmp_path / "out.csv")}
    folder = str(tmp_path / "model")
    job = Job("train", 0.0, folder=folder, epochs=2, documents=3, **files)
    assert train(Parrot({}, 1), job) == {"model_bytes": 1}
    events = [json.loads(line) for line in capsys.readouterr().out.split("\n") if line]
    assert [event["event"] for event in events] == ["prepared", "epoch", "epoch"]
    assert (events[-1]["documents"], events[-1]["accuracy"]) == (3, 0.4)
    predict(Parrot({}, 1), Job("predict", 0.0, folder=folder, **files))
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as written:
        assert list(csv.reader(written)) == [["row", "label"], *[[str(i), "a"] for i in range(1, 6)]]
    assert share_right(["a", "b"], ["a", "a"]) == 0.5


def test_the_notebook_gives_what_a_hand_written_loop_gives() -> None:
    texts, labels = ["Tea, tea and milk.", "Milk!", "(Tea) black"], [0, 1, 0]
    torch.manual_seed(3)
    notebook = Notebook(vocabulary(texts), classes=2)
    model = notebook.model
    ids, lengths, gold = notebook.collate(list(zip(labels, texts, strict=True)))
    assert tokenize(texts[0]) == ["tea", ",", "tea", "and", "milk", "."]
    assert ids.shape == (3, 6)
    assert lengths.tolist() == [6, 2, 4]
    tea, comma, milk = (notebook.vocab[token] for token in ("tea", ",", "milk"))
    assert ids[0, :3].tolist() == [tea, comma, tea]
    assert ids[1].tolist() == [milk, notebook.vocab["!"], 0, 0, 0, 0]
    hidden, cell = torch.zeros(1, 32), torch.zeros(1, 32)
    step = torch.nn.LSTMCell(64, 32)
    step.load_state_dict({name.removesuffix("_l0"): each for name, each in model.lstm.state_dict().items()})
    for place in ids[0]:
        hidden, cell = step(model.embedding(place).view(1, -1), (hidden, cell))
    torch.testing.assert_close(model(ids, lengths)[0], model.head(hidden)[0])
    before = torch.nn.functional.cross_entropy(model(ids, lengths), gold).item()
    rows = list(zip(labels, texts, strict=True))
    assert sum(notebook.epoch(rows) for _ in range(3)) == 9
    assert torch.nn.functional.cross_entropy(model(ids, lengths), gold).item() < before


def test_the_packed_notebook_does_not_see_padding() -> None:
    texts = ["tea", "tea and milk and more milk"]
    notebook = Notebook(vocabulary(texts), classes=2, packed=True)
    together, alone = (notebook.collate([(0, text) for text in each]) for each in (texts, texts[:1]))
    torch.testing.assert_close(notebook.model(*together[:2])[0], notebook.model(*alone[:2])[0])


def test_a_process_is_measured_and_a_failure_says_why(tmp_path: Path) -> None:
    code = 'print("noise"); print(\'{"event": "end", "x": 1}\')'
    outcome = measured(lambda _: [sys.executable, "-c", code], root=tmp_path)
    assert outcome.events == [{"event": "end", "x": 1}]
    assert outcome.wall_seconds > 0 and outcome.peak_bytes > 1_000_000
    with pytest.raises(Failed, match="exit code 3: out of beads"):
        measured(
            lambda _: [
                sys.executable,
                "-c",
                "import sys; print('out of beads', file=sys.stderr); sys.exit(3)",
            ],
            root=tmp_path,
        )


def test_a_contender_that_fails_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["good", "bad", "last"]
    pair = [Contender(name, name.title(), "no_such_peer", {}, epochs=1) for name in names]
    bench = Bench(tmp_path, pair, rounds=2, raw=tmp_path / "raw")
    folder = tmp_path / "corpora" / "sample"
    folder.mkdir(parents=True)
    write_rows(folder / "train.csv", [("a", "tea")])
    facts = {"title": "Tiny", "documents": 1, "test_documents": 0, "words": 1, "distinct_words": 1}
    (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    assert facts_of(folder).title == "Tiny"

    def job(each: Contender, corpus: str, number: int, action: str, **_: Any) -> Record:
        failed = "exit code 1" if each.name == "bad" else ""
        return Record(each.name, corpus, number, failed=failed)

    monkeypatch.setattr(bench, "_job", job)
    bench.measure("train")
    found = read(tmp_path / "raw")["train"]
    assert [(each.round, each.contender) for each in found.records] == [
        (number, name) for number in (1, 2) for name in names
    ]
    assert found.of("bad", "sample") == []
    assert (tmp_path / ".gitignore").read_text(encoding="utf-8") == "*\n"


def test_every_contender_has_a_script_and_an_environment() -> None:
    for path in (ROOT / "benchmarks").rglob("*.py"):
        assert path.read_text(encoding="utf-8").count("\n") < 300, path
    found = contenders()
    assert len({each.name for each in found}) == len(found)
    for each in found:
        assert (ROOT / "benchmarks" / "peers" / f"{each.peer}.py").is_file()
        assert not each.environment or each.environment in REQUIREMENTS
        json.dumps(each.settings)


def test_contenders_named_after_an_example_have_its_settings() -> None:
    found = {each.name: each for each in contenders()}
    for name, file in (("lstm", "agnews_lstm_fast"), ("mean", "agnews_bigrams"), ("default", "agnews_lstm")):
        each = found[f"nlpkit-{name}"]
        text = (ROOT / "examples" / f"{file}.toml").read_text(encoding="utf-8")
        assert {**tomllib.loads(text), **each.settings} == tomllib.loads(text)
        assert each.epochs == each.settings["trainer"]["epochs"]
        assert not {"data", "seed"} & set(each.settings)


def test_the_table_of_kernels_has_both_at_each_size(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = [(kernel.Network("small", 3, {"bidirectional": True}, dropout=0.5), 2)]
    monkeypatch.setattr(kernel, "SHAPES", sizes)
    monkeypatch.setattr(kernel, "WORDS", 9)
    before = recurrent.OWN_KERNEL_SIZE
    kernel.main(["--rounds", "2", "--steps", "1"])
    head, _, row = capsys.readouterr().out.strip().split("\n")
    assert row.startswith("| small | 2 | 6 | ")
    assert row.count(" | ") == head.count(" | ") == 8
    assert before == recurrent.OWN_KERNEL_SIZE


def test_a_ratio_of_kernels_is_how_many_times_ours_is_in_torchs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "SHAPES", [(kernel.Network("small", 3, {}), 2)])
    seconds = {("torch", True): 0.003, ("ours", True): 0.002, ("torch", False): 0.001, ("ours", False): 0.002}
    rows = kernel.table([[seconds]])
    assert rows[-1] == "| small | 2 | 6 | 3.0 | 2.0 | 1.50 | 1.0 | 2.0 | 0.50 |"


def test_the_contenders_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.split("\n") if line] == [
        each.name for each in contenders()
    ]
