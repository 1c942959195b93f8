"""Broken copies of a task's page, each with one change that a tired author could make.

    for name, task in mutants(TASKS["sentiment"]): …      # ("grade: 0.6 -> 0.3", a Task whose grade is wrong)

Changed are the functions of the page that `grade` calls, and the numbers that stand above them:

    a number                 halved, one more or twice as much if it is whole, one if it is zero
    + - * /                  another operator, or one side of it left out
    < <= > >= == != in       the opposite
    and or, min max          the other; `not` left out
    a condition's two values exchanged
    the whole grade          0, 1 or one half whatever the reply; graded on the facts of another example

Tools that change code for a whole test suite (mutmut, cosmic-ray) start it anew for each change: minutes, and a dependency. Here
a changed page is compiled in memory and held against tests/tasks/contract.py, some milliseconds each.
"""

import ast
import copy
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from types import ModuleType
from typing import Any

from vitrine.tasks.task import Grade, Task

OPPOSITE = {
    ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
OTHER = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult}
TWIN = {"min": "max", "max": "min", "all": "any", "any": "all"}


def mutants(task: Task, facts: list[Any]) -> Iterator[tuple[str, Task]]:
    """Every broken copy; `facts` are those of the examples that it will be tried on."""
    assert task.grade is not None
    whole = task.grade
    for score in (0.0, 0.5, 1.0):
        yield f"grade: always {score}", replace(task, grade=_always(whole, score))
    yield "grade: the facts of another example", replace(task, grade=lambda reply, own: whole(reply, _another(own, facts)))
    yield "grade: the score turned round", replace(task, grade=_turned(whole))
    function = whole.func if isinstance(whole, partial) else whole
    page = sys.modules[function.__module__]
    assert page.__file__
    with open(page.__file__, encoding="utf-8") as file:  # noqa: PTH123
        tree = ast.parse(file.read())
    for name, changed in changes(tree, function.__name__):
        grade = getattr(compiled(page, changed), function.__name__)
        yield name, replace(task, grade=partial(grade, *whole.args) if isinstance(whole, partial) else grade)


def _always(whole: Callable[..., Grade], score: float) -> Callable[..., Grade]:
    return lambda reply, facts: replace(whole(reply, facts), score=score)


def _turned(whole: Callable[..., Grade]) -> Callable[..., Grade]:
    return lambda reply, facts: replace(grade := whole(reply, facts), score=1 - grade.score)


def _another(own: Any, facts: list[Any]) -> Any:
    return next((other for other in facts if other != own), own)


def compiled(page: ModuleType, tree: ast.Module) -> ModuleType:
    module = ModuleType(f"{page.__name__}_mutant")
    module.__file__, module.__package__ = page.__file__, page.__package__
    sys.modules[module.__name__] = module  # dataclasses look their module up
    try:
        exec(compile(tree, str(page.__file__), "exec"), module.__dict__)
    finally:
        del sys.modules[module.__name__]
    return module


def changes(tree: ast.Module, start: str) -> Iterator[tuple[str, ast.Module]]:
    """Each single change of what `start` reaches, with its name: where it stands, what it was, what it is."""
    reached = _reached(tree, start)
    for index, top in enumerate(tree.body):
        if not (isinstance(top, ast.FunctionDef) and top.name in reached) and not _number_above(top, reached):
            continue
        where = top.name if isinstance(top, ast.FunctionDef) else "above"
        for place, node in enumerate(ast.walk(top)):
            for new in _changed(node):
                other = copy.deepcopy(tree)
                parent = _Put(list(ast.walk(other.body[index]))[place], new)
                parent.visit(other.body[index])
                yield f"{where}: {ast.unparse(node)} -> {ast.unparse(new)}", ast.fix_missing_locations(other)


class _Put(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)


def _reached(tree: ast.Module, start: str) -> set[str]:
    """The page's own names that `start` uses, and that those use."""
    own = {top.name: top for top in tree.body if isinstance(top, ast.FunctionDef)}
    found, todo = set(), [start]
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.add(name)
        if name in own:  # what a function is given hides what stands above it by the same name
            given = {argument.arg for argument in own[name].args.args + own[name].args.kwonlyargs}
            todo += [node.id for node in ast.walk(own[name]) if isinstance(node, ast.Name) and node.id not in given]
    return found


def _number_above(top: ast.stmt, reached: set[str]) -> bool:
    """A number, or a few, with a name that is used."""
    if not isinstance(top, ast.Assign) or not all(isinstance(name, ast.Name) and name.id in reached for name in top.targets):
        return False
    return all(isinstance(node, ast.Constant | ast.Tuple | ast.Load) for node in ast.walk(top.value))


def _changed(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Constant(value=bool() | str() | None):
            return
        case ast.Constant(value=int(value)):
            yield ast.Constant(value + 1 if value < 10 else value * 2)
        case ast.Constant(value=float(value)):
            yield ast.Constant(value / 2 if value else 1.0)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OTHER:
            yield ast.BinOp(left, OTHER[type(op)](), right)
            yield left
            yield right
        case ast.Compare(left=left, ops=[op], comparators=others) if type(op) in OPPOSITE:
            yield ast.Compare(left, [OPPOSITE[type(op)]()], others)
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield ast.IfExp(test, orelse, body)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords) if name in TWIN:
            yield ast.Call(ast.Name(TWIN[name], ast.Load()), arguments, keywords)
