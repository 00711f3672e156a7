"""scikit-learn: TF-IDF of words and pairs of words into a linear support vector machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import joblib  # type: ignore[import-untyped]
from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
from sklearn.pipeline import Pipeline, make_pipeline  # type: ignore[import-untyped]
from sklearn.svm import LinearSVC  # type: ignore[import-untyped]

from benchmarks.peers.protocol import Peer, main


class LinearSvc(Peer):
    """Setting: C. All of training is one pass."""

    packages = ("scikit-learn", "numpy", "scipy")

    def prepare(self, texts: Sequence[str], labels: Sequence[str], documents: int) -> None:
        self.texts, self.labels = texts[:documents], labels[:documents]
        self.pipeline: Pipeline = make_pipeline(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
            LinearSVC(C=self.settings["C"], random_state=self.seed),
        )

    def epoch(self) -> int:
        self.pipeline.fit(self.texts, self.labels)
        return len(self.texts)

    def predict(self, texts: Sequence[str]) -> list[str]:
        found: list[str] = self.pipeline.predict(texts).tolist()
        return found

    def save(self, folder: Path) -> None:
        joblib.dump(self.pipeline, folder / "pipeline.joblib")

    def load(self, folder: Path) -> None:
        self.pipeline = joblib.load(folder / "pipeline.joblib")


if __name__ == "__main__":
    main(LinearSvc)
