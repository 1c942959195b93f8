"""One step of work done while the step before it is used: reading overlaps parsing, parsing overlaps writing.

for chunk in ahead(line_chunks(path)): …     # the next chunk is unzipped meanwhile, in a thread

Never more than one step ahead, so that memory holds two. What goes wrong is raised where the step would have come.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
END = object()


def ahead(steps: Iterable[T]) -> Iterator[T]:
    """The same steps, each begun before it is asked for."""
    todo = iter(steps)
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        coming = thread.submit(next, todo, END)
        while (step := coming.result()) is not END:
            coming = thread.submit(next, todo, END)
            yield step  # type: ignore[misc]  # END is no step
