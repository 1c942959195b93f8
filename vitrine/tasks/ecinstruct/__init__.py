"""ECInstruct's ten tasks, as published: its instructions and inputs, its sides, its metrics. One page for each kind of answer.

    ec_prp ec_sa ec_sr ec_mpc    choice.py     one option of several
    ec_pm ec_psi ec_ap           yes_or_no.py
    ec_ave                       values.py     attributes with their values and where they stand
    ec_qpr                       ranking.py    letters in an order
    ec_ag                        answer.py     a text

Every headline says a metric four ways: `<metric>` over all answers, an answer that cannot be read counting as wrong; and as
`strict` and `official` over the published domain (IND) and the foreign one (`ood_`). `official` reads replies as the published
evaluation does and counts as it does, which drops what it cannot read and so flatters a model that often says nothing. The
constants 1e-6 that it adds to denominators are left out.
"""

from vitrine.tasks.ecinstruct import answer, choice, ranking, values, yes_or_no
from vitrine.tasks.task import Task

TASKS: tuple[Task, ...] = (values.TASK, *choice.TASKS, *yes_or_no.TASKS, ranking.TASK, answer.TASK)
