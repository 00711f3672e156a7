"""The same parts from Python: first as an experiment, then each one on its own in your training loop"""

from pathlib import Path

import torch

import nlpkit
from nlpkit.nn import Classifier, by_length, shuffled
from nlpkit.text import encode, index
from nlpkit.training import Rows


def as_an_experiment(folder: Path | None = None) -> nlpkit.Result:
    """What a TOML file says, with completion and no strings."""
    experiment = nlpkit.Experiment(
        data=nlpkit.Headlines(train_size=4000, valid_size=400, test_size=1000),
        tokenizer=nlpkit.BasicEnglish(),
        collator=nlpkit.PadLength(),
        encoder=nlpkit.Lstm(hidden_size=32, packed=True, embedding=nlpkit.Embedding(size=64)),
        trainer=nlpkit.Standard(batch_size=16, epochs=2, learning_rate=2e-3),
        metrics=("accuracy", "f1_macro", "matthews_corrcoef"),
    )
    return nlpkit.run(experiment, folder=folder)


def as_parts() -> float:
    """Your own training loop: every part builds itself and knows nothing of the others."""
    torch.manual_seed(13)
    splits = nlpkit.Headlines(train_size=4000, valid_size=400, test_size=1000).build()()
    tokenize = nlpkit.BasicEnglish().build()
    train_ids, vocab = index(splits.train.texts, tokenize, nlpkit.VocabConfig(min_count=2))
    labels = nlpkit.Labels.of(splits.train.labels)
    collate = nlpkit.PadLength().build(vocab)
    encoder = nlpkit.Gru(hidden_size=32, pooling="max").build(vocab)
    model = Classifier(encoder, classes=len(labels))

    train = Rows(train_ids, labels.ids(splits.train.labels), collate)
    test = Rows(encode(splits.test.texts, tokenize, vocab), labels.ids(splits.test.labels), collate)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    device = torch.device("cpu")
    for epoch in range(1, 4):
        for rows in shuffled(train.ids.lengths, 16, seed=13, epoch=epoch):
            batch, gold = train.batch(rows, device)
            loss = torch.nn.functional.cross_entropy(model(batch), gold)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    model.eval()
    right = 0
    with torch.inference_mode():
        for rows in by_length(test.ids.lengths, 256):
            batch, gold = test.batch(rows, device)
            right += int((model(batch).argmax(dim=1) == gold).sum())
    return right / len(test)


if __name__ == "__main__":
    result = as_an_experiment()
    print("as an experiment:", {name: round(score, 3) for name, score in result.scores.items()})
    print("as parts: accuracy", round(as_parts(), 3))
    print(result.model.predict(["Coach Brask praises striker Ito after extra time"]))
