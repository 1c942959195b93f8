"""A thread-safe least-recently-used cache with a maximum total weight.

cache: ResultCache[str, int] = ResultCache(1000)
cache.put("a", 7, weight=20)
cache.get("a")    ->  7

`cachetools` has weights but no lock.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class ResultCache(Generic[Key, Value]):
    def __init__(self, max_weight: int) -> None:
        self.max_weight = max_weight
        self.clear()

    def clear(self) -> None:
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._weight = 0

    def get(self, key: Key) -> Value | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            return entry[0]

    def put(self, key: Key, value: Value, weight: int = 1) -> None:
        with self._lock:
            self._weight += weight - self._entries.pop(key, (None, 0))[1]
            self._entries[key] = value, weight
            while self._weight > self.max_weight:
                self._weight -= self._entries.popitem(last=False)[1][1]
