"""All tasks by name. To add a task, add a module and a line here."""

from vitrine.tasks import (
    atributos,
    attributes,
    churn,
    classify,
    describe,
    ecinstruct,
    extract,
    general,
    insights,
    qa,
    sentiment,
    shopping,
    sql,
)
from vitrine.tasks.task import Task

TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        extract.TASK,
        sentiment.TASK,
        sql.TASK,
        sql.ANALYST,
        churn.TASK,
        insights.TASK,
        describe.TASK,
        classify.TASK,
        attributes.TASK,
        atributos.TASK,
        qa.TASK,
        shopping.TASK,
        *ecinstruct.TASKS,
        general.TASK,
    )
}
GRADED = tuple(name for name, task in TASKS.items() if task.grade)  # tasks with a reward
