from __future__ import annotations

import csv
import json
import math
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks import figures, kernel, tables
from benchmarks.__main__ import main
from benchmarks.contenders import Contender, contenders
from benchmarks.corpora import facts_of, with_fresh_words, write_rows
from benchmarks.environments import REQUIREMENTS
from benchmarks.figures import Figure
from benchmarks.notebook import Notebook, tokenize, vocabulary
from benchmarks.page import page
from benchmarks.peers.protocol import Job, Peer, predict, read_rows, read_texts, share_right, train
from benchmarks.process import Failed, measured
from benchmarks.records import Measurements, Record, Session, Writer, read
from benchmarks.session import Bench
from benchmarks.zipf import CLASSES, Shape, shape_of, word, zipf_rows
from nlpkit.nn import recurrent

ROOT = Path(__file__).resolve().parent.parent
SHAPE = Shape(documents=400, test_documents=50, words=900, log_mean=math.log(30), log_deviation=0.4)


def test_a_figure_is_the_median_with_the_lowest_and_the_highest() -> None:
    assert Figure.of([3.0, 1.0, 2.0]) == Figure(2.0, 1.0, 3.0, 3)
    assert Figure.of([1.0, 2.0]).median == 1.5
    assert Figure.of([1234.5, 1000, 2000]).shown() == "1,234 (1,000-2,000)"
    assert Figure.of([0.5]).shown(2) == "0.50"
    assert Figure.of([2e6, 4e6]).shown(1, 1e6) == "3.0 (2.0-4.0)"


def record(contender: str = "a", number: int = 1, **end: Any) -> Record:
    """Two epochs of 100 documents, in 2 s and in 1 s."""
    epochs = [
        {"event": "epoch", "documents": 100, "seconds": 2.0, "accuracy": 0.8, "elapsed": 5.0},
        {"event": "epoch", "documents": 100, "seconds": 1.0, "accuracy": 0.9, "elapsed": 7.0},
    ]
    events = [{"event": "prepared", "seconds": 0.5}, *epochs, {"event": "end", "peak_bytes": 2e6, **end}]
    return Record(contender, "sample", number, events, 8.0)


def test_the_first_epoch_is_told_apart_from_the_later_ones() -> None:
    assert figures.first_rate(record()) == 50
    assert figures.later_rate(record()) == 100
    assert figures.first_to_later(record()) == 2.0


def test_the_time_to_a_target_is_that_of_the_first_epoch_that_reached_it() -> None:
    assert figures.target_seconds(record()) == 7.0
    assert figures.target_epoch(record()) == 2
    never = Record("a", "sample", 1, [{**record().epochs[0], "accuracy": None}])
    assert figures.target_seconds(never) is None
    assert figures.shown([never], figures.target_seconds) == "-"


def test_a_trainer_of_one_call_has_no_first_epoch() -> None:
    one = record(later_rate=70.0, before_epochs=0.25)
    assert figures.first_rate(one) is None
    assert (figures.later_rate(one), figures.preparation_seconds(one)) == (70.0, 0.75)


def test_the_whole_of_a_prediction_is_the_command_line_where_there_is_one() -> None:
    events: list[dict[str, Any]] = [{"event": "predicted", "documents": 100, "seconds": 0.5}]
    assert figures.whole_prediction_rate(Record("a", "sample", 1, events, 2.0)) == 50
    events.append({"event": "command", "seconds": 4.0})
    assert figures.whole_prediction_rate(Record("a", "sample", 1, events, 2.0)) == 25
    assert figures.prediction_rate(Record("a", "sample", 1, events, 2.0)) == 200


def test_the_rate_of_a_command_leaves_its_start_up_out() -> None:
    events = [
        {"event": "first", "elapsed": 1.5},
        {"event": "predicted", "documents": 100, "seconds": 0.5},
        {"event": "command", "seconds": 2.0},
    ]
    assert figures.prediction_rate(Record("a", "sample", 1, events, 2.0)) == 200
    events[-1]["seconds"] = 1.75
    assert figures.prediction_rate(Record("a", "sample", 1, events, 2.0)) == 400


def session(kind: str, missing: dict[str, str] | None = None) -> Session:
    never: dict[str, Any] = {"zipf_documents": None, "single_shot": False, "stop_at": None}
    contender = {"settings": {}, "epochs": 2, "full_rounds": 2, **never}
    names = {"notebook": "notebook loop", "a": "A", "b": "B"}
    facts = {"title": "Tiny", "documents": 100, "test_documents": 10, "words": 900, "distinct_words": 90}
    return Session(
        kind=kind,
        date="2000-01-01 00:00 UTC",
        rounds=2,
        machine={"processor": "Abacus", "cores": 2, "memory_bytes": 2**31, "system": "S", "python": "3"},
        contenders={name: {**contender, "title": title} for name, title in names.items()},
        corpora=dict.fromkeys(("sample", "zipf"), facts),
        missing=missing or {},
    )


def test_the_page_has_every_figure_and_says_who_is_missing_and_why(tmp_path: Path) -> None:
    write = Writer(tmp_path, session("train", {"b": "no such wheel"}))
    for each in (record("notebook"), record("a", versions={"torch": "9.9"}), record("a", 2)):
        write(each)
    write(Record("a", "sample", 3, failed="exit code 1: out of beads"))
    text = page(read(tmp_path))
    assert "Abacus, 2 cores, 2 GiB, S; torch 9.9" in text
    assert "| A | 0.50 (0.50-0.50) | 50 (50-50) | 100 (100-100) | 2.00 (2.00-2.00) | 1.0 | - |" in text
    assert "| B | not installed |" in text
    assert "- not installed: B: no such wheel" in text
    assert "- A, sample, round 3: exit code 1: out of beads" in text
    assert "## Prediction" not in text
    heads = [line for line in text.split("\n") if line.startswith("| contender")]
    rows = [line for line in text.split("\n") if line.startswith("| A ")]
    assert [line.count(" | ") for line in heads] == [line.count(" | ") for line in rows]


def test_growth_is_shown_for_each_document() -> None:
    grown = Measurements(session("growth"), [record("a")])
    lines = tables.growth(grown)
    assert lines[2:] == ["| A | 100 | 100 | 90 | 0.5 | 5000 | 1.0 | 10000 | 2 | 20.0 |"]


def test_words_are_told_apart_by_their_rank() -> None:
    assert [word(rank) for rank in (0, 99, 100, 10_099, 10_100)] == ["ba", "zu", "baba", "zuzu", "bababa"]
    assert len({word(rank) for rank in range(20_000)}) == 20_000


def test_a_zipf_corpus_has_the_words_and_the_lengths_asked_for() -> None:
    rows = zipf_rows(SHAPE, seed=1)
    train_rows = rows[: SHAPE.documents]
    found = shape_of([text for _, text in train_rows])
    assert (len(rows), found.words) == (SHAPE.documents + SHAPE.test_documents, SHAPE.words)
    assert found.log_mean == pytest.approx(SHAPE.log_mean, abs=0.1)
    assert found.log_deviation == pytest.approx(SHAPE.log_deviation, abs=0.1)
    assert {label for label, _ in rows} == set(CLASSES)
    counts = Counter(token for _, text in train_rows for token in text.split())
    assert counts["ba"] > counts[word(50)] > 0


def test_a_zipf_corpus_follows_from_its_seed() -> None:
    assert zipf_rows(SHAPE, seed=1) == zipf_rows(SHAPE, seed=1)
    assert zipf_rows(SHAPE, seed=1) != zipf_rows(SHAPE, seed=2)


def test_a_zipf_corpus_has_words_that_tell_the_classes_apart() -> None:
    rows = zipf_rows(SHAPE, seed=1)
    own = [set(map(word, range(200 + place, SHAPE.words, len(CLASSES)))) for place in range(len(CLASSES))]

    def share(of: int, place: int) -> float:
        """Of the words of one class in the texts of another."""
        tokens = [token for label, text in rows if label == CLASSES[place] for token in text.split()]
        return sum(token in own[of] for token in tokens) / len(tokens)

    for place in range(len(CLASSES)):
        others = [share(place, other) for other in range(len(CLASSES)) if other != place]
        assert share(place, place) > max(others) + 0.01


def test_copies_grow_by_a_fresh_word_a_text() -> None:
    rows = [("x", "one two"), ("y", "three")]
    grown = list(with_fresh_words(rows, copies=3, fresh=5))
    assert grown[:2] == rows
    assert [label for label, _ in grown] == ["x", "y"] * 3
    for copy in (1, 2):
        for (_, plain), (_, text) in zip(rows, grown[2 * copy : 2 * copy + 2], strict=True):
            tokens = text.split()
            fresh = [token for token in tokens if token.startswith(f"fresh{copy}x")]
            assert len(fresh) == 1
            assert [token for token in tokens if token not in fresh] == plain.split()
    assert grown == list(with_fresh_words(rows, copies=3, fresh=5))


def test_rows_on_disk_are_counted_and_read_back(tmp_path: Path) -> None:
    rows = [("a", 'Tea, "black"'), ("b", "tea\nand milk")]
    assert write_rows(tmp_path / "x.csv", rows) == (2, 5, 5)
    assert read_rows(tmp_path / "x.csv") == ([text for _, text in rows], ["a", "b"])
    assert read_texts(tmp_path / "x.csv") == [text for _, text in rows]


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
