from .best import Best as Best
from .forked import ForkedTeam as ForkedTeam
from .kinds import RowRule as RowRule
from .linear.estimators import Found as Found
from .linear.estimators import Method as Method
from .linear.features import Features as Features
from .linear.fitting import Fitting as Fitting
from .loop import Loop as Loop
from .passes import Pass as Pass
from .passes import Passed as Passed
from .passes import StepFunction as StepFunction
from .passes import stepped as stepped
from .progress import TrainingProgress as TrainingProgress
from .rows import Rows as Rows
from .settings import ClassWeights as ClassWeights
from .settings import LoopSettings as LoopSettings
from .settings import bad_weights as bad_weights
from .settings import weights_by_class as weights_by_class
from .state import EpochReport as EpochReport
from .state import Train as Train
from .state import TrainerState as TrainerState
from .state import Training as Training
from .team import Alone as Alone
from .team import Team as Team

__all__: list[str]
