from __future__ import annotations

from dataclasses import replace

import pytest

from nlpkit import Character, Experiment, Headlines, Lstm, Ngrams, SettingsError, Standard
from nlpkit.components.kinds import Encoder
from nlpkit.data.texts import Splits, Texts
from nlpkit.experiment.pace import SAME, Pace
from nlpkit.experiment.plan import FEW, MANY, SMALL, Plan, Size, plan_of, planned
from nlpkit.experiment.value import Effort, Member
from nlpkit.notes import Note
from nlpkit.system.forking import cores


def splits(rows: int, classes: int = 2) -> Splits:
    labels = [f"class {row % classes}" for row in range(rows)]
    texts = Texts([f"text number {row}" for row in range(rows)], labels)
    return Splits(texts, Texts([], []), Texts(["x"], ["class 0"]), "made up")


def size(rows: int, chars: int = 100) -> Size:
    return Size(rows, rows * chars, 4, rows // 4)


def encoders(plan: Plan) -> set[str]:
    return {type(member.encoder).__name__ for member in plan.members}


def test_an_experiment_with_a_classifier_stays_as_it_is() -> None:
    experiment = Experiment(data=Headlines(), encoder=Lstm())
    assert planned(experiment, splits(100), print) is experiment


def test_few_texts_get_no_network_and_more_do() -> None:
    assert encoders(plan_of(size(SMALL - 1), "balanced")) == {"Tfidf"}
    assert encoders(plan_of(size(SMALL - 1), "best")) == {"Tfidf", "EmbeddingMean", "Lstm"}
    assert encoders(plan_of(size(SMALL), "balanced")) == {"Tfidf", "EmbeddingMean", "Lstm"}


@pytest.mark.parametrize("rows", [50, 420, 5_000, 16_000, 120_000, 3_000_000])
def test_more_effort_takes_longer(rows: int) -> None:
    efforts: tuple[Effort, ...] = ("quick", "balanced", "best")
    seconds = [sum(plan_of(size(rows), effort).seconds) for effort in efforts]
    assert seconds == sorted(seconds)


@pytest.mark.parametrize("rows", [420, 5_000, 16_000, 120_000])
@pytest.mark.parametrize("limit", [20, 60, 300, 3600])
def test_a_time_limit_is_kept_by_the_estimate_where_any_plan_keeps_it(rows: int, limit: float) -> None:
    plan, least = plan_of(size(rows), "balanced", limit), plan_of(size(rows), "balanced", 1)
    assert plan.wall_seconds <= max(limit, least.wall_seconds)


def test_more_time_is_used() -> None:
    plans = [plan_of(size(16_000, 250), "balanced", limit) for limit in (15, 70, 3600)]
    seconds = [sum(plan.seconds) for plan in plans]
    assert seconds == sorted(set(seconds))


def test_a_slower_machine_gets_less_to_do_in_the_same_time() -> None:
    slow, fast = Pace(text=4, steps=4), Pace(text=0.25, steps=0.25)
    plans = [plan_of(size(16_000, 250), "balanced", 60, pace=each) for each in (slow, SAME, fast)]
    networks = [next((m for m in plan.members if _is(m, "Lstm")), None) for plan in plans]
    assert networks[0] is None
    assert networks[2] is not None
    assert networks[2].refit
    assert all(plan.wall_seconds <= 60 for plan in plans)


@pytest.mark.parametrize("limit", [1, 3, 6])
def test_no_accuracy_is_given_up_for_a_plan_that_takes_as_long(limit: float) -> None:
    few = size(400, 50)
    plan = plan_of(few, "balanced", limit)
    assert plan.wall_seconds == pytest.approx(plan_of(few, "quick").wall_seconds, rel=0.1)
    assert next(m for m in plan.members if _is(m, "Tfidf")).tokenizer.char_ngrams == (3, 5)  # type: ignore[attr-defined]


def test_efforts_that_choose_the_same_are_told_so() -> None:
    told: list[Note] = []
    planned(Experiment(data=Headlines()), splits(400), told.append, written="tickets.toml")
    assert "chose tfidf (a linear model) for 400 texts" in str(told[0])
    assert str(told[0]).endswith("tickets.toml has all of its settings")
    assert 'effort = "quick" is the same, effort = "best" takes' in str(told[1])


def test_a_core_has_the_members_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    members = plan_of(size(2000), "balanced").members
    plan = Plan(members, (5.0, 3.0, 1.0), around=2.0)
    for number, expected in ((1, 11.0), (2, 8.0), (8, 7.0)):
        monkeypatch.setattr("nlpkit.experiment.plan.cores", lambda number=number: number)
        assert plan.wall_seconds == expected


def test_very_long_corpora_have_no_characters_counted() -> None:
    long = next(m for m in plan_of(size(1_000_000, 300), "balanced").members if _is(m, "Tfidf"))
    short = next(m for m in plan_of(size(1_000), "balanced").members if _is(m, "Tfidf"))
    assert long.tokenizer.char_ngrams is None  # type: ignore[attr-defined]
    assert short.tokenizer.char_ngrams == (3, 5)  # type: ignore[attr-defined]


def test_large_batches_are_for_many_rows() -> None:
    few, many = (plan_of(size(rows), "balanced") for rows in (MANY - 1, MANY))
    batches = [
        next(m.trainer.batch_size for m in plan.members if _is(m, "Lstm"))  # type: ignore[attr-defined]
        for plan in (few, many)
    ]
    assert batches == [64, 512]


def test_texts_without_spaces_are_read_by_their_characters() -> None:
    labels = ["a", "b"] * 600
    texts = Texts(
        [f"\u5929\u6c14\u5f88\u597d\u6211\u4eec\u53bb\u516c\u56ed{row}" * 3 for row in range(1200)], labels
    )
    chinese = Size.of(Splits(texts, Texts([], []), Texts([], []), "made up"))
    assert chinese.spaceless
    tokenizers = {type(m.encoder).__name__: m.tokenizer for m in plan_of(chinese, "balanced").members}
    assert tokenizers["Lstm"] == Character()
    assert tokenizers["EmbeddingMean"] == Ngrams(tokenizer=Character(), max_n=2)
    assert not Size.of(splits(1200)).spaceless


@pytest.mark.parametrize(
    "text",
    [
        "\u597d\u5403",
        "\u98df\u3079\u7269\u304c\u597d\u304d\u3067\u3059",
        "\u0e2d\u0e23\u0e48\u0e2d\u0e22\u0e21\u0e32\u0e01\u0e40\u0e25\u0e22\u0e19\u0e30\u0e04\u0e23\u0e31\u0e1a",
    ],
)
def test_the_script_decides_and_not_the_length_of_the_texts(text: str) -> None:
    texts = Texts([text * 4] * 40, ["a", "b"] * 20)
    assert Size.of(Splits(texts, Texts([], []), Texts([], []), "made up")).spaceless


def test_long_words_of_a_script_with_spaces_are_words() -> None:
    texts = Texts(["https://example.org/" + "x" * 200] * 40, ["a", "b"] * 20)
    assert not Size.of(Splits(texts, Texts([], []), Texts([], []), "made up")).spaceless


@pytest.mark.parametrize(
    ("classes", "linear"), [(1, False), (2, True), (200, True), (201, False), (5000, False)]
)
def test_a_linear_model_is_for_some_classes(classes: int, linear: bool) -> None:
    plan = plan_of(Size(20_000, 2_000_000, classes, 4), "balanced")
    assert ("Tfidf" in encoders(plan)) == linear


def test_a_limit_that_nothing_keeps_is_told() -> None:
    told: list[Note] = []
    planned(Experiment(data=Headlines(), time_limit=1), splits(2000), told.append)
    assert "nothing fits in 1 s, and this is the quickest (time_limit)" in map(str, told)


def _is(member: Member, name: str) -> bool:
    return type(member.encoder).__name__ == name


def test_two_lines_say_what_was_chosen_and_what_it_takes() -> None:
    told: list[Note] = []
    experiment = planned(Experiment(data=Headlines()), splits(1400), told.append)
    assert len(experiment.members) == 3
    assert isinstance(experiment.members[0].encoder, Encoder)
    first, second = map(str, told)
    assert first.startswith(
        "chose a pool of lstm, tfidf (a linear model) and embedding_mean (a bag of words)"
    )
    assert first.endswith(
        'for 1,400 texts of 2 classes (effort = "balanced"); experiment.toml has all of its settings'
    )
    assert second.startswith("this takes about ")
    assert f"on {cores()} core" in second


def test_few_texts_of_a_class_are_told_with_what_to_expect() -> None:
    told: list[Note] = []
    planned(Experiment(data=Headlines()), splits(2 * FEW - 2), told.append)
    assert str(told[-1]).startswith(
        f"a class has only {FEW - 1} texts; with fewer than {FEW} of each, scores "
    )


def test_what_was_chosen_is_an_experiment_that_chooses_nothing_more() -> None:
    asked = Experiment(data=Headlines(), effort="best", time_limit=100)
    chosen = planned(asked, splits(2000), lambda note: None)
    assert (chosen.effort, chosen.time_limit) == ("balanced", None)
    assert planned(chosen, splits(10), print) is chosen


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"encoder": Lstm(), "effort": "best"}, "effort: is for a run that chooses its members"),
        ({"members": (Member(encoder=Lstm()),), "time_limit": 5.0}, "time_limit: is for a run that chooses"),
        ({"encoder": Lstm(), "members": (Member(encoder=Lstm()),)}, "encoder: has no place beside members"),
        (
            {"refit": True, "trainer": Standard(epochs=2)},
            "encoder: is not set, and without it trainer and refit have no effect; set it, or change what",
        ),
        (
            {"members": (Member(encoder=Lstm()),), "refit": True},
            "encoder: is not set, and without it refit has no effect; set them in each member",
        ),
        ({"time_limit": 0.5}, "time_limit: 0.5 is not a number from 1 to 1e+07"),
        ({"effort": "more"}, "effort: 'more' is not one of quick, balanced, best"),
    ],
)
def test_settings_that_nothing_would_read_are_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        replace(Experiment(data=Headlines()), **changes)  # type: ignore[arg-type]
    assert said in str(caught.value)


def test_a_limit_is_for_all_seeds_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlpkit.experiment.plan.cores", lambda: 2)
    one, three = (plan_of(size(16_000, 250), "balanced", 60, seeds=seeds) for seeds in (1, 3))
    assert three.wall_seconds <= 60
    assert sum(three.seconds) < sum(one.seconds)


def test_seeds_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlpkit.experiment.plan.cores", lambda: 2)
    lone = plan_of(size(SMALL - 1), "quick", seeds=1)
    four = plan_of(size(SMALL - 1), "quick", seeds=4)
    assert four.wall_seconds - four.around == pytest.approx(2 * (lone.wall_seconds - lone.around))
