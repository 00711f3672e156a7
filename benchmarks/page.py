"""RESULTS.md, from the measurements on disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from benchmarks import tables
from benchmarks.contenders import SUBSET
from benchmarks.corpora import FRESH_WORDS
from benchmarks.records import Measurements

HOW = """\
Written by `make bench`. Every figure is of a fresh process, started by the harness; in each round every
contender has one turn, one after the other, so that whatever else the machine does falls on all of them;
before the first round each trains once on a few documents, unmeasured. A figure is the median of the rounds,
with the lowest and the highest in brackets. Every process has the machine's cores to itself and its own
default threads; fastText is asked for 2 threads, nlpkit for 2 workers where its trainer has the setting."""
TRAINING = """\
Preparation is all that comes before the first epoch: reading the CSV file, tokenizing, the vocabulary. The
notebook and the torchtext style tokenize again in every epoch, inside it, and fastText splits its file again.
LinearSVC's rate is that of its one call, TF-IDF included; fastText's is that of its epochs alone, told apart
by training a second time for one epoch."""
ACCURACY = """\
Each round has a seed of its own. Seconds are from the start of the process; the import of libraries and a
pass over the test texts after each epoch are in them. The notebook loop is trained in the first round until
it has got there; its other rounds are two epochs long, for the rates. Settings are in the last table;
fastText's were found by [a search](FASTTEXT.md). Keras and spaCy have the number of epochs after which their
test accuracy was best, which flatters them a little."""
MEMORY = """\
The largest resident size of the process plus that of the largest of its children (`ru_maxrss`): what two
processes share is counted twice. fastText's buckets (2,000,000 by default) are most of its size."""
PREDICTION = """\
A CSV file of {documents:,} texts, the test texts ten times over, to a CSV file of labels. The whole process
is `nlpkit predict RUN --input FILE --output FILE` for nlpkit and a script that does the same for each of the
others; without start-up, the model is loaded and one text has been labelled. For nlpkit that is the time of
its command less that to the first label, since the command labels while it reads; the scripts read, label
and write."""
ZIPF = """\
{documents:,} generated documents with {distinct_words:,} distinct words, drawn by Zipf's law, with log-normal
lengths of the sample's mean and spread; words of ranks 200 to 999 are drawn half the time from those of the
text's own class. Two epochs. Where a title says {subset:,} documents, those alone are trained on, in one
round, with the vocabulary of the whole corpus: their rate is what an epoch over all would have."""
PATHS = """\
The same experiment but for one thing, a seed for each round: mean of the test accuracy, with the lowest and
the highest in brackets. The difference of two means is inside the spread where it is no larger than the
distance of the lowest to the highest of either. Between the last two more is different: they are the settings
that two cores are fast with and those of the lesson, for the same number of epochs."""
GROWTH = """\
The sample, and 10 and 100 copies of it: in copy k from the second on each text has one word more, at a random
place, drawn from {fresh:,} words that are in copy k alone, so that the vocabulary grows with the corpus. One
epoch, one round. Memory for each document is that of the whole process, libraries included: it falls to the
real cost as the corpus grows. The notebook trains on {subset:,} documents, with the vocabulary of all."""


def page(found: Mapping[str, Measurements]) -> str:
    """All of it, as far as it has been measured."""
    lines = ["# Results", "", HOW, ""]
    if "train" in found:
        trained = found["train"]
        facts = trained.session.corpora["sample"]
        about = (
            f"{facts['title']}, {facts['documents']:,} training and {facts['test_documents']:,} test texts."
        )
        lines += section("Training", trained, [about, TRAINING], tables.training(trained, "sample"))
        lines += section("Accuracy", trained, [ACCURACY], tables.accuracy(trained, "sample"))
        memory = tables.memory(trained, found.get("predict"), "sample")
        lines += section("Peak memory and size", trained, [MEMORY], memory)
    if "predict" in found:
        predicted = found["predict"]
        facts = predicted.session.corpora["sample"]
        about = PREDICTION.format(documents=10 * facts["test_documents"])
        lines += section("Prediction", predicted, [about], tables.prediction(predicted, "sample"))
    if "zipf" in found:
        zipf = found["zipf"]
        about = ZIPF.format(subset=SUBSET, **zipf.session.corpora["zipf"])
        lines += section("Training on a corpus with many words", zipf, [about], tables.training(zipf, "zipf"))
    if "paths" in found:
        lines += section("Fast paths and plain ones", found["paths"], [PATHS], tables.paths(found["paths"]))
    if "growth" in found:
        about = GROWTH.format(fresh=FRESH_WORDS, subset=SUBSET)
        lines += section("Growth", found["growth"], [about], tables.growth(found["growth"]))
    for measurements in list(found.values())[:1]:
        lines += ["## Settings", "", *settings(measurements), ""]
    return "\n".join(lines)


def section(title: str, found: Measurements, about: list[str], rows: list[str]) -> list[str]:
    """A heading, what is measured, where and when, the table, and what went wrong."""
    session = found.session
    rounds = f"{session.rounds} round{'s' if session.rounds > 1 else ''}"
    when = f"Measured on {session.date}, {rounds}, on {machine(found)}."
    failures = [
        f"- {session.contenders[each.contender]['title']}, {each.corpus}, round {each.round}: {each.failed}"
        for each in found.records
        if each.failed
    ]
    missing = [
        f"- not installed: {session.contenders[name]['title']}: {why}"
        for name, why in session.missing.items()
    ]
    problems = [*missing, *failures]
    return [f"## {title}", "", *about, "", when, "", *rows, "", *problems, *([""] if problems else [])]


def machine(found: Measurements) -> str:
    """One line: processor, cores, memory, system, and the versions of all that was loaded."""
    on: Mapping[str, Any] = found.session.machine
    versions = sorted(_versions(found).items(), key=lambda item: item[0].lower())
    named = ", ".join(f"{name} {'/'.join(sorted(each))}" for name, each in versions)
    memory = f"{on['memory_bytes'] / 2**30:.0f} GiB"
    return f"{on['processor']}, {on['cores']} cores, {memory}, {on['system']}; {named or on['python']}"


def _versions(found: Measurements) -> dict[str, set[str]]:
    versions: dict[str, set[str]] = {}
    for record in found.records:
        for name, version in record.event("end").get("versions", {}).items():
            versions.setdefault(name, set()).add(version)
    return versions


def settings(found: Measurements) -> list[str]:
    """Each contender's settings and torch threads."""
    rows = []
    for name, contender in found.session.contenders.items():
        threads = {
            str(each.event("end").get("torch_threads") or "-")
            for each in found.records
            if each.contender == name and not each.failed
        }
        given = json.dumps(contender["settings"]).replace("|", "\\|")
        rows.append([contender["title"], f"`{name}`", "/".join(sorted(threads)) or "-", f"`{given}`"])
    return tables.markdown(["contender", "name", "torch threads", "settings"], rows, "---")
