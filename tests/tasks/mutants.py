"""Mutants of a task: copies of its module with one plausible mistake each.

    for name, task in mutants(TASKS["sentiment"], facts): …      # ("grade: 0.6 -> 0.3", a Task whose grade is wrong)

Mutations apply to the module's functions that `grade` calls, and to the numeric constants that they use:

    a number                 a float is halved (0.0 becomes 1.0), an integer is incremented or doubled
    + - * /                  another operator, or one operand dropped
    < <= > >= == != in       the opposite
    and or, min max, all any the other one; `not` is dropped
    x if condition else y    x and y are swapped
    the whole grade          always 0, 0.5 or 1; 1 - score; graded on the facts of another example

Mutation tools for whole test suites (mutmut, cosmic-ray) restart the suite for each mutant, which takes minutes, and would be one
more dependency. Here a mutant is compiled in memory and checked against tests/tasks/contract.py in milliseconds.
"""

import ast
import copy
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from vitrine.tasks.task import Grade, Task

OPPOSITE_COMPARISON = {
    ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
OTHER_OPERATOR = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult}
OTHER_FUNCTION = {"min": "max", "max": "min", "all": "any", "any": "all"}


def mutants(task: Task, facts: list[Any]) -> Iterator[tuple[str, Task]]:
    """Every mutant of a task with its name. `facts` are those of the examples that the mutants will be tested on."""
    assert task.grade is not None
    original = task.grade
    for score in (0.0, 0.5, 1.0):
        yield f"grade: always {score}", replace(task, grade=_constant(original, score))
    yield "grade: the facts of another example", replace(task, grade=lambda reply, own: original(reply, _another(own, facts)))
    yield "grade: 1 - score", replace(task, grade=_inverted(original))
    function = original.func if isinstance(original, partial) else original
    module = sys.modules[function.__module__]
    assert module.__file__
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    for name, mutated in single_changes(tree, function.__name__):
        grade = getattr(compile_copy(module, mutated), function.__name__)
        yield name, replace(task, grade=partial(grade, *original.args) if isinstance(original, partial) else grade)


def _constant(original: Callable[..., Grade], score: float) -> Callable[..., Grade]:
    return lambda reply, facts: replace(original(reply, facts), score=score)


def _inverted(original: Callable[..., Grade]) -> Callable[..., Grade]:
    return lambda reply, facts: replace(grade := original(reply, facts), score=1 - grade.score)


def _another(own: Any, facts: list[Any]) -> Any:
    return next((other for other in facts if other != own), own)


def compile_copy(module: ModuleType, tree: ast.Module) -> ModuleType:
    """A copy of the module, compiled from `tree`."""
    mutant = ModuleType(f"{module.__name__}_mutant")
    mutant.__file__, mutant.__package__ = module.__file__, module.__package__
    sys.modules[mutant.__name__] = mutant  # dataclasses look up their module
    try:
        exec(compile(tree, str(module.__file__), "exec"), mutant.__dict__)
    finally:
        del sys.modules[mutant.__name__]
    return mutant


def single_changes(tree: ast.Module, start: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield a changed tree for each mutation of the code that `start` reaches, with a name: where, old -> new."""
    reachable = _reachable_names(tree, start)
    for index, statement in enumerate(tree.body):
        is_function = isinstance(statement, ast.FunctionDef) and statement.name in reachable
        if not is_function and not _is_used_number(statement, reachable):
            continue
        where = statement.name if isinstance(statement, ast.FunctionDef) else "module"
        for position, node in enumerate(ast.walk(statement)):
            for new in _mutations(node):
                mutated = copy.deepcopy(tree)
                target = list(ast.walk(mutated.body[index]))[position]
                _Replace(target, new).visit(mutated.body[index])
                yield f"{where}: {ast.unparse(node)} -> {ast.unparse(new)}", ast.fix_missing_locations(mutated)


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)


def _reachable_names(tree: ast.Module, start: str) -> set[str]:
    """The names that the function `start` uses, directly or through other functions of the module."""
    functions = {statement.name: statement for statement in tree.body if isinstance(statement, ast.FunctionDef)}
    reachable, todo = set(), [start]
    while todo:
        name = todo.pop()
        if name in reachable:
            continue
        reachable.add(name)
        if name in functions:
            function = functions[name]  # its arguments hide names of the module
            arguments = {argument.arg for argument in function.args.args + function.args.kwonlyargs}
            todo += [node.id for node in ast.walk(function) if isinstance(node, ast.Name) and node.id not in arguments]
    return reachable


def _is_used_number(statement: ast.stmt, reachable: set[str]) -> bool:
    """Whether a statement assigns a number, or a tuple of numbers, to a reachable name."""
    if not isinstance(statement, ast.Assign):
        return False
    if not all(isinstance(name, ast.Name) and name.id in reachable for name in statement.targets):
        return False
    return all(isinstance(node, ast.Constant | ast.Tuple | ast.Load) for node in ast.walk(statement.value))


def _mutations(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Constant(value=bool() | str() | None):
            return
        case ast.Constant(value=int(value)):
            yield ast.Constant(value + 1 if value < 10 else value * 2)
        case ast.Constant(value=float(value)):
            yield ast.Constant(value / 2 if value else 1.0)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OTHER_OPERATOR:
            yield ast.BinOp(left, OTHER_OPERATOR[type(op)](), right)
            yield left
            yield right
        case ast.Compare(left=left, ops=[op], comparators=others) if type(op) in OPPOSITE_COMPARISON:
            yield ast.Compare(left, [OPPOSITE_COMPARISON[type(op)]()], others)
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield ast.IfExp(test, orelse, body)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords) if name in OTHER_FUNCTION:
            yield ast.Call(ast.Name(OTHER_FUNCTION[name], ast.Load()), arguments, keywords)
