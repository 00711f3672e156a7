from .file import dump_experiment as dump_experiment
from .file import experiment_of as experiment_of
from .file import load_experiment as load_experiment
from .file import overridden as overridden
from .plan import planned as planned
from .sources import Source as Source
from .sources import experiment_from as experiment_from
from .value import Experiment as Experiment

__all__: list[str]
