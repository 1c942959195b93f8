"""Where nothing can be half right, a weak reader is wrong now and then: for every sixth example."""


def slips(case):
    return case.place % 6 == 2
