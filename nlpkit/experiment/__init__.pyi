from .file import dump_experiment as dump_experiment
from .file import experiment_of as experiment_of
from .file import load_experiment as load_experiment
from .value import Experiment as Experiment

__all__: list[str]
