"""ECInstruct's ten tasks as published: instructions, inputs, splits and metrics. One module per kind of answer.

    ec_prp ec_sa ec_sr ec_mpc    choice.py     one option of several
    ec_pm ec_psi ec_ap           yes_or_no.py
    ec_ave                       values.py     attributes with values and their sources
    ec_qpr                       ranking.py    letters in an order
    ec_ag                        answer.py     a text

Each headline has its metric in several variants. `<metric>` is over all answers, and unparsed answers count as wrong. `strict`
and `official` are over the in-domain rows (IND) and, with the prefix `ood_`, over the out-of-domain rows. `official` parses and
counts as the published evaluation does: it drops replies that it cannot parse, which favours a model that often gives no answer.
The constants of 1e-6 that the published code adds to denominators are left out.
"""

from vitrine.tasks.ecinstruct import answer, choice, ranking, values, yes_or_no
from vitrine.tasks.task import Task

TASKS: tuple[Task, ...] = (values.TASK, *choice.TASKS, *yes_or_no.TASKS, ranking.TASK, answer.TASK)
