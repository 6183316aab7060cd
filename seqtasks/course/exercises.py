"""The ten exercises in their order."""

from seqtasks.course.exercise import Exercise
from seqtasks.course.fair import FAIR
from seqtasks.course.language import PERPLEXITY, TEMPERATURE
from seqtasks.course.machine import MACHINE
from seqtasks.course.memory import VANISHING
from seqtasks.course.own_cell import OWN_CELL
from seqtasks.course.training import CLIPPING, ONE_HOT, OVERFIT
from seqtasks.course.unfolding import UNFOLDING

EXERCISES: tuple[Exercise, ...] = (
    UNFOLDING,
    MACHINE,
    OVERFIT,
    ONE_HOT,
    CLIPPING,
    VANISHING,
    PERPLEXITY,
    TEMPERATURE,
    OWN_CELL,
    FAIR,
)
