"""A file of every format, as users have them: 60 tickets of two teams."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow
import pyarrow.parquet

ROWS = [
    (f"ticket {n}", f'the {("bill", "oven")[n % 2]}, of "day {n}"', ("accounts", "repairs")[n % 2])
    for n in range(60)
]
LINES = {
    "tickets.ft": "__label__{team} {body}",
    "questions.txt": "{team} {body}",
    "texts.txt": "{body}",
    "labels.txt": "{team}",
}


def write_own_data(folder: Path) -> None:
    """Write all of them into a folder."""
    for name in ("tickets.csv", "new.csv"):
        _table(folder / name, ["subject", "body", "team"], ROWS)
    topics = [("", "printer", "printer|urgent", "urgent")[n % 4] for n in range(len(ROWS))]
    several = [
        (f"{text}{cell.replace('|', ' ')}", cell) for (_, text, _), cell in zip(ROWS, topics, strict=True)
    ]
    _table(folder / "topics.csv", ["text", "topics"], several)
    marks = [(text, *(f"{int(name in cell)}" for name in ("urgent", "printer"))) for text, cell in several]
    _table(folder / "marks.csv", ["text", "urgent", "printer"], marks)
    short = [(body, team) for _, body, team in ROWS]
    _table(folder / "odd.csv", ["body", "team"], short, delimiter=";", quotechar="'", quoting=csv.QUOTE_ALL)
    (folder / "tickets.tsv").write_text("body\tteam\n" + "".join(f"{body}\t{team}\n" for body, team in short))
    for name, line in LINES.items():
        lines = (line.format(body=body, team=team) for body, team in short)
        (folder / name).write_text("\n".join(lines) + "\n")
    records = [{"body": body, "team": team} for body, team in short]
    (folder / "tickets.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    document = {"data": {"items": records, "pages": [{"number": 1}]}}
    (folder / "tickets.json").write_text(json.dumps(document))
    columns = {key: [record[key] for record in records] for key in ("body", "team")}
    pyarrow.parquet.write_table(pyarrow.table(columns), folder / "tickets.parquet")
    for n, (body, team) in enumerate(short):
        (folder / "reviews" / team).mkdir(parents=True, exist_ok=True)
        (folder / "reviews" / team / f"{n}.txt").write_text(body)
    (folder / "polarity").mkdir()
    for each in ("accounts", "repairs"):
        lines = (body for body, team in short if team == each)
        (folder / "polarity" / f"{each}.txt").write_text("\n".join(lines))


def _table(path: Path, header: list[str], rows: list[tuple[str, ...]], **dialect: object) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, **dialect).writerows([header, *rows])  # type: ignore[arg-type]
