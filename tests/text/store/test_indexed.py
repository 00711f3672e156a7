from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from nlpkit import EmbeddingMean, Experiment, Headlines, Offsetify, Standard, Unicode, VocabConfig
from nlpkit.components.kinds import Tokenizer
from nlpkit.data.texts import SourceFile, Splits
from nlpkit.system import sealed
from nlpkit.system.forking import can_fork, in_parts
from nlpkit.text.store import entry, folder
from nlpkit.text.store import indexed as indexed_module
from nlpkit.text.store.folder import store_folder
from nlpkit.text.store.indexed import Indexed, indexed

EXPERIMENT = Experiment(
    data=Headlines(train_size=30, valid_size=5, test_size=7),
    encoder=EmbeddingMean(),
    collator=Offsetify(),
    vocab=VocabConfig(min_count=2, specials=("<s>",), buckets=3),
)
SPLITS: Splits = EXPERIMENT.data.build()()


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of its own, and everything is worth keeping."""
    monkeypatch.setenv("NLPKIT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(indexed_module, "WORTH_SECONDS", 0.0)


def flat(found: Indexed) -> Any:
    ids, vocab, *_ = found
    return {part: (each.values.tolist(), each.offsets.tolist()) for part, each in ids.items()}, vocab.names


@dataclass
class Told:
    """What was said of one indexing."""

    stored: bool
    notes: list[str]


def index(experiment: Experiment = EXPERIMENT, notes: list[str] | None = None) -> Indexed:
    notes = [] if notes is None else notes
    return indexed(
        experiment.tokenizer,
        experiment.text,
        experiment.vocab,
        SPLITS,
        lambda note: notes.append(note.without_folders),
    )


def run(experiment: Experiment = EXPERIMENT) -> tuple[Any, Told]:
    notes: list[str] = []
    found = index(experiment, notes)
    return flat(found), Told(found.stored, notes)


@pytest.fixture
def expected(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What comes of it without a store."""
    with monkeypatch.context() as patch:
        patch.setattr(indexed_module, "WORTH_SECONDS", 1e9)
        found, watching = run()
    assert not store_folder().exists()
    assert (watching.stored, watching.notes) == (False, [])
    return found


def names() -> list[str]:
    return sorted(path.name for path in store_folder().iterdir()) if store_folder().is_dir() else []


def test_the_second_run_takes_what_the_first_has_left(expected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first, told = run()
    assert (told.stored, told.notes) == (False, [])
    [listed] = folder.entries()
    assert (listed.source, listed.tokenizer, listed.texts, listed.state) == (
        "headlines",
        "basic_english",
        42,
        "ready",
    )
    monkeypatch.setattr(indexed_module, "number_tokens", None)
    second, told = run()
    assert told.stored
    assert first == second == expected


def test_runs_share_what_does_not_depend_on_encoder_trainer_and_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    run()
    monkeypatch.setattr(indexed_module, "number_tokens", None)
    run(replace(EXPERIMENT, seed=5, trainer=Standard(batch_size=3), collator=Offsetify(max_tokens=4)))


def test_another_vocabulary_or_tokenizer_is_another_entry() -> None:
    run()
    run(replace(EXPERIMENT, vocab=VocabConfig()))
    run(replace(EXPERIMENT, tokenizer=Unicode()))
    assert len(names()) == 3


def test_the_tokens_of_a_file_make_the_same_ids_from_the_store(tmp_path: Path) -> None:
    (tmp_path / "tokens.txt").write_text("the\nof\nsays\n", encoding="utf-8")
    experiment = replace(EXPERIMENT, vocab=VocabConfig(file=tmp_path / "tokens.txt"))
    first, _ = run(experiment)
    second, told = run(experiment)
    assert told.stored
    assert first == second
    assert first[1] == ["<pad>", "<unk>", "the", "of", "says"]


def test_the_file_of_tokens_is_told_whether_ids_are_made_or_stored(tmp_path: Path) -> None:
    (tmp_path / "tokens.txt").write_bytes(b"the\nof\n")
    experiment = replace(EXPERIMENT, vocab=VocabConfig(file=tmp_path / "tokens.txt"))
    made, stored = (index(experiment).files for _ in range(2))
    sha256 = hashlib.sha256(b"the\nof\n").hexdigest()
    assert made == stored == (SourceFile("tokens.txt", 7, sha256),)
    assert len(names()) == 1
    assert index().files == ()


def test_what_is_made_at_once_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexed_module, "WORTH_SECONDS", 1e9)
    run()
    assert names() == []


def test_a_tokenizer_that_cannot_be_told_is_not_kept() -> None:
    @dataclass(frozen=True)
    class Mine(Tokenizer):
        def build(self) -> Callable[[str], list[str]]:
            return str.split

    _, told = run(replace(EXPERIMENT, tokenizer=Mine()))
    assert names() == told.notes == []


@pytest.mark.parametrize("name", ["entry.json", "vocabulary.json", "train.ids", "valid.offsets"])
@pytest.mark.parametrize("harm", ["flip", "cut", "remove"])
def test_damage_is_noted_and_made_good(name: str, harm: str, expected: Any) -> None:
    run()
    [key] = names()
    file = store_folder() / key / name
    content = file.read_bytes()
    file.unlink()
    if harm != "remove":
        file.write_bytes(content[:-1] + (b"" if harm == "cut" else bytes([content[-1] ^ 1])))
    found, told = run()
    assert found == expected
    what = {
        "flip": "its SHA-256 is not the one in entry.json",
        "cut": f"it has {len(content) - 1:,} bytes, and entry.json says {len(content)}",
        "remove": "it is missing",
    }
    if name == "entry.json":
        what |= {"flip": "this is not JSON with each key once", "cut": "its own SHA-256 is another"}
    assert told.notes == [
        f"the tokens of these texts in the cache are damaged, and are made again: {name}: {what[harm]}"
    ]
    again, told = run()
    assert (again, told.notes, told.stored) == (expected, [], True)


def test_an_entry_of_another_version_is_passed_over(expected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from nlpkit.text.store import key

    with monkeypatch.context() as patch:
        patch.setattr(key, "__version__", "0.0.1")
        patch.setattr(entry, "_MADE_BY", {"format": 1, "nlpkit": "0.0.1"})
        run()
    found, told = run()
    assert (found, told.stored, told.notes) == (expected, False, [])
    assert sorted(each.state for each in folder.entries()) == ["ready", "stale"]


def refusing(number: int) -> Callable[..., Any]:
    def fail(*given: Any, **named: Any) -> Any:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize(
    ("target", "name", "number"),
    [(sealed, "write", 28), (sealed, "write", 27), (Path, "mkdir", 30), (Path, "mkdir", 13)],
    ids=["no space", "too large", "read-only", "no permission"],
)
def test_a_disk_that_refuses_is_noted_once_and_changes_nothing(
    target: Any, name: str, number: int, expected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(target, name, refusing(number))
        found, told = run()
    assert found == expected
    assert told.notes == [
        f"the tokens of these texts are not kept for later runs: {store_folder().name}: "
        f"cannot be written: {os.strerror(number)}"
    ]
    assert names() == []


def test_a_folder_that_may_not_be_written_to_is_noted(expected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store_folder().mkdir(parents=True)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    found, told = run()
    assert found == expected
    assert told.notes == [
        f"the tokens of these texts are not kept for later runs: {store_folder().name}: "
        "this folder may not be written to"
    ]


@pytest.mark.parametrize("place", ["", "tokens"])
def test_a_file_where_the_folder_should_be_is_noted(place: str, expected: Any, tmp_path: Path) -> None:
    file = tmp_path / "cache" / place
    file.parent.mkdir(exist_ok=True)
    file.touch()
    found, told = run()
    assert found == expected
    assert told.notes == [
        f"the tokens of these texts are not kept for later runs: {file.name}: this is not a folder"
    ]


def test_a_store_that_cannot_be_read_is_done_without(expected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run()
    monkeypatch.setattr(entry, "seal_of", refusing(5))
    found, told = run()
    assert (found, told.stored, told.notes) == (expected, False, [])


def test_damage_that_cannot_be_removed_is_done_without(
    expected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    [key] = names()
    (store_folder() / key / "train.ids").write_bytes(b"")
    monkeypatch.setattr(folder, "remove", refusing(13))
    found, told = run()
    assert (found, len(told.notes)) == (expected, 1)


def test_a_run_that_was_faster_is_taken_from(expected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = entry.write

    def slower(*given: Any) -> Any:
        real(*given)
        return real(*given)

    monkeypatch.setattr(entry, "write", slower)
    found, told = run()
    assert (found, told.notes, len(names())) == (expected, [], 1)


@pytest.mark.skipif(not can_fork(), reason="no process can be forked here")
def test_runs_that_start_at_once_all_succeed(expected: Any) -> None:
    def work(part: int, file: BinaryIO) -> None:
        found, told = run()
        assert (found, told.notes) == (expected, [])
        file.write(b"done")

    for written in in_parts(work, 6):
        assert bytes(written[:]) == b"done"
    assert [each.state for each in folder.entries()] == ["ready"]
    assert names() == [folder.entries()[0].key]


def test_a_new_entry_makes_old_ones_go(monkeypatch: pytest.MonkeyPatch) -> None:
    run()
    [first] = names()
    monkeypatch.setattr(folder, "MAX_BYTES", 1)
    run(replace(EXPERIMENT, vocab=VocabConfig()))
    assert len(names()) == 1
    assert names() != [first]


def test_ids_do_not_depend_on_the_files_once_they_are_had(expected: Any) -> None:
    for stored in (False, True):
        found = index()
        assert found.stored is stored
        for path in store_folder().glob("*/*.*"):
            os.truncate(path, 0)  # of mapped ids the next look would end the process
        assert flat(found) == expected
        folder.clear()
        index()
