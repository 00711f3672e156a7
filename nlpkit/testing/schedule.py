"""What a schedule promises."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from nlpkit.components.kinds import Schedule
from nlpkit.testing.promises import Bench, Promise, expect, trying
from nlpkit.testing.settings import PROMISES as SETTINGS

LENGTHS = (1, 2, 7, 1000)  # steps of a training


@dataclass
class ScheduleBench(Bench):
    """All steps of trainings of several lengths."""

    component: Schedule

    def factors(self, *, backward: bool = False) -> Iterator[tuple[int, int, float]]:
        """Each step, the number of all, and the factor; `backward` asks for the last one first."""
        for steps in LENGTHS:
            function = self.component.build()
            order = reversed(range(steps)) if backward else range(steps)
            for step in order:
                with trying(f"the factor of step {step} of {steps}"):
                    yield step, steps, float(function(step, steps))


def gives_factors(bench: ScheduleBench) -> None:
    for step, steps, factor in bench.factors():
        expect(0 <= factor < math.inf, f"the factor of step {step} of {steps} is {factor:g}")


def starts_the_training(bench: ScheduleBench) -> None:
    for steps in LENGTHS:
        most = max(factor for _, of, factor in bench.factors() if of == steps)
        expect(most > 0, f"all factors of a training of {steps} steps are 0")


def depends_on_steps_alone(bench: ScheduleBench) -> None:
    """A training goes on from any of them."""
    backward = {(step, steps): factor for step, steps, factor in bench.factors(backward=True)}
    for step, steps, factor in bench.factors():
        other = backward[step, steps]
        told = f"the factor of step {step} of {steps} is {factor!r}, and {other!r} after later steps"
        expect(factor == other, told)


PROMISES: tuple[Promise[ScheduleBench], ...] = (
    *SETTINGS,
    Promise("factors are finite numbers of 0 or more", gives_factors),
    Promise("some factor of a training is above 0", starts_the_training),
    Promise("a factor depends on the step and the number of steps alone", depends_on_steps_alone),
)
