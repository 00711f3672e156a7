from .checks import check_collator as check_collator
from .checks import check_dataset as check_dataset
from .checks import check_encoder as check_encoder
from .checks import check_loss as check_loss
from .checks import check_metric as check_metric
from .checks import check_optimizer as check_optimizer
from .checks import check_pooling as check_pooling
from .checks import check_predicted as check_predicted
from .checks import check_schedule as check_schedule
from .checks import check_step as check_step
from .checks import check_tokenizer as check_tokenizer
from .checks import check_trainer as check_trainer
from .checks import checks_of as checks_of
from .checks import examples_of as examples_of
from .checks import outcomes as outcomes
from .checks import parametrize_with_checks as parametrize_with_checks
from .promises import BrokenPromise as BrokenPromise
from .promises import Check as Check
from .promises import Outcome as Outcome
from .promises import Skipped as Skipped

__all__: list[str]
