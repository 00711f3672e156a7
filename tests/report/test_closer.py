from __future__ import annotations

from nlpkit.report.closer import MOST_SHOWN, seeds_text, slices_text


def sliced(name: str, verdict: str = "") -> dict[str, object]:
    interval = [0.85, 0.93]
    return {
        "name": name,
        "texts": 1900,
        "accuracy": 0.9,
        "interval": interval,
        "log_loss": 0.31,
        "verdict": verdict,
    }


def table(by: str, *slices: dict[str, object], unit: str = "") -> dict[str, object]:
    return {"by": by, "unit": unit, "slices": list(slices)}


def test_lengths_are_shown_if_one_is_clearly_worse_or_better() -> None:
    same = table("length", sliced("1-21"), sliced("22-40"), unit="tokens")
    assert slices_text([same], "scores.json") == ""
    differs = table("length", sliced("1-21", "worse"), sliced("22-40"), unit="tokens")
    assert slices_text([differs], "scores.json").split("\n") == [
        "slices of the test texts   texts  accuracy                     log loss",
        "  length, tokens",
        "    1-21                   1,900    0.9000  [0.8500, 0.9300]     0.3100  worse",
        "    22-40                  1,900    0.9000  [0.8500, 0.9300]     0.3100",
        "clearly worse on length 1-21",
    ]


def test_of_many_values_the_first_and_those_that_differ_are_shown() -> None:
    values = [sliced(f"v{place}", "worse" if place == 20 else "") for place in range(25)]
    lines = slices_text([table("country", *values)], "scores.json").split("\n")
    assert [line.split()[0] for line in lines[2:-2]] == [*(f"v{place}" for place in range(MOST_SHOWN)), "v20"]
    assert lines[-2] == "    and 16 more values, in scores.json"


def test_a_slice_without_an_interval_and_a_loss_has_a_row() -> None:
    lone = {**sliced("de"), "interval": None, "log_loss": None}
    assert slices_text([table("country", lone)], "x").endswith("de                     1,900    0.9000")


def test_lines_have_room_on_a_terminal() -> None:
    long = [sliced("a" * 60 + str(place), "better") for place in range(3)]
    seeds = {
        "count": 2,
        "chosen": 2147483647,
        "scores": {f"metric_{place}": {"mean": 0.5, "sd": 0.1, "interval": [0.1, 0.9]} for place in range(9)},
        "each": [
            {
                "seed": seed,
                "scores": {f"metric_{place}": 0.5 for place in range(9)},
                "valid": {"accuracy": 0.5},
            }
            for seed in (2147483646, 2147483647)
        ],
    }
    shown = f"{slices_text([table('c' * 90, *long)], 'scores.json')}\n{seeds_text(seeds)}"
    assert max(map(len, shown.split("\n"))) <= 80


def test_a_score_that_is_not_defined_has_no_number() -> None:
    each = [{"seed": seed, "scores": {"f1": value}, "valid": {}} for seed, value in ((1, None), (2, 0.5))]
    shown = seeds_text({"count": 2, "chosen": 1, "scores": {}, "each": each})
    assert shown.split("\n")[-2:] == ["     1  not defined", "     2       0.5000"]
