"""Doubted labels: the rule by hand, and flipped labels of texts that can be told apart."""

from __future__ import annotations

import random

import numpy as np

from nlpkit.data.auditing.label_errors import doubted, doubts


def test_a_label_is_doubted_where_another_class_is_as_likely_as_it_usually_is() -> None:
    probabilities = np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.1, 0.9], [0.85, 0.15]])
    labels = np.array([0, 0, 1, 1, 1])  # the mean of class 0 is 0.8, and of class 1 0.617
    assert doubts(probabilities, labels).tolist() == [4]


def test_the_most_certain_doubts_come_first() -> None:
    probabilities = np.array([[0.9, 0.1]] * 6 + [[0.1, 0.9]] * 6 + [[0.05, 0.95], [0.01, 0.99]])
    labels = np.array([0] * 6 + [1] * 6 + [0, 0])
    assert doubts(probabilities, labels).tolist() == [13, 12]


def test_flipped_labels_are_found() -> None:
    drawn = random.Random(3)
    words = {"art": ["paint", "brush", "canvas", "museum"], "oil": ["barrel", "crude", "price", "drill"]}
    labels = ["art", "oil"] * 100
    texts = [" ".join(drawn.choices(words[label], k=6)) for label in labels]
    flipped = drawn.sample(range(200), 10)
    for place in flipped:
        labels[place] = "oil" if labels[place] == "art" else "art"
    found = doubted(texts, labels)
    assert {place for place, _ in found} <= set(flipped)
    assert len(found) >= 9
    assert all(likelier != labels[place] for place, likelier in found)


def test_classes_of_few_texts_and_one_class_are_passed_over() -> None:
    assert doubted(["a", "b", "c"], ["x", "y", "z"]) == []
    assert doubted(["a"] * 20, ["x"] * 20) == []
    assert doubted([], []) == []


def test_labels_that_have_nothing_to_do_with_the_texts_are_not_doubted() -> None:
    drawn = random.Random(5)
    texts = [" ".join(drawn.choices("abcdefgh", k=5)) for _ in range(200)]
    assert doubted(texts, drawn.choices(["art", "oil"], k=200)) == []


def test_texts_without_words_in_common_are_not_doubted() -> None:
    assert doubted([""] * 40, ["art", "oil"] * 20) == []
    assert doubted([f"w{place}" for place in range(600)], ["art", "oil"] * 300) == []
