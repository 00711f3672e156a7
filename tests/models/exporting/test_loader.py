from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlpkit import EmbeddingMean, Offsetify, export
from nlpkit.models.exporting.loader import load
from nlpkit.system.sealed import seal_bytes
from tests.models.exporting.samples import TEXTS, model

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    export(model(EmbeddingMean(), Offsetify()), tmp_path / "exported", texts=TEXTS)
    return tmp_path / "exported"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "a list of texts is expected, not None"),
        (5, "a list of texts is expected, not 5"),
        ("one text", "a list of texts is expected, not 'one text'"),
        (b"bytes", "a list of texts is expected, not b'bytes'"),
        ({"text": "a"}, "a list of texts is expected, not {'text': 'a'}"),
        (["a", None], "texts[1] is None, but a string is expected"),
        ([b"a"], "texts[0] is b'a', but a string is expected"),
        ([float("nan")], "texts[0] is nan, but a string is expected"),
        ([["a", "b"]], "texts[0] is ['a', 'b'], but a string is expected"),
    ],
)
def test_what_is_no_list_of_texts_is_refused_in_words(given: Any, said: str, folder: Path) -> None:
    with pytest.raises(TypeError) as caught:
        load(folder).predict(given)
    assert str(caught.value) == said


def test_no_texts_have_no_labels(folder: Path) -> None:
    assert load(folder).predict([]) == []
    assert load(folder).probabilities([]).shape == (0, 3)


def test_any_iterable_of_texts_will_do_and_batches_do_not_matter(folder: Path) -> None:
    found = load(folder)
    one = found.probabilities(iter(TEXTS), batch_size=1)
    np.testing.assert_allclose(one, found.probabilities(TEXTS), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["model.onnx", "vocabulary.json", "model.json"])
def test_a_damaged_file_is_refused_in_words(name: str, folder: Path) -> None:
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(ValueError, match="the file is damaged: its SHA-256") as caught:
        load(folder)
    assert str(caught.value) == (
        f"{folder / name}: the file is damaged: its SHA-256 is not the one in export.json; "
        "export the model again"
    )


def test_a_cut_file_and_a_changed_seal_are_refused(folder: Path) -> None:
    seal = folder / "export.json"
    about = json.loads(seal.read_bytes())
    seal.write_text(json.dumps({**about, "precision": "int8"}), encoding="utf-8")
    with pytest.raises(ValueError, match="its own SHA-256 is another"):
        load(folder)
    seal.write_bytes(seal_bytes(about))
    (folder / "model.onnx").write_bytes((folder / "model.onnx").read_bytes()[:-1])
    with pytest.raises(
        ValueError, match=r"model.onnx: the file is damaged: it has .* bytes, and export.json says"
    ):
        load(folder)


def test_a_missing_file_and_another_folder_are_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "model.onnx").unlink()
    with pytest.raises(FileNotFoundError, match=r"model.onnx"):
        load(folder)
    with pytest.raises(FileNotFoundError) as caught:
        load(tmp_path)
    assert str(caught.value) == f"{tmp_path}: there is no exported model here, which has an export.json"


def test_a_newer_format_is_refused(folder: Path) -> None:
    seal = folder / "export.json"
    seal.write_bytes(seal_bytes({**json.loads(seal.read_bytes()), "format": 2}))
    with pytest.raises(ValueError, match="the export has format 2, and this loader reads 1"):
        load(folder)


def test_without_onnxruntime_it_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ImportError, match="onnxruntime is not installed: pip install onnxruntime"):
        load(folder)
