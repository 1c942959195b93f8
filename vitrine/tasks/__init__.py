"""Every task, by name. Adding one is a module and a line here."""

from vitrine.tasks import describe, extract, general, insights, sentiment, sql
from vitrine.tasks.task import Task

TASKS: dict[str, Task] = {
    task.name: task for task in (extract.TASK, sentiment.TASK, sql.TASK, insights.TASK, describe.TASK, general.TASK)
}
GRADED = tuple(name for name, task in TASKS.items() if task.grade)  # what can be rewarded
