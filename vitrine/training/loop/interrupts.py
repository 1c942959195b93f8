"""Let a training save at the end of its step before SIGTERM or Ctrl-C ends it.

    with Interrupts() as interrupts:
        ...
        if interrupts.requested:      # at the end of a step
            save()
            interrupts.end()          # what the signal would have done at once: raises, so that the stage fails

A step that does not end in time is abandoned, and so is one after a second Ctrl-C. A training that ends in the meantime ends as
the signal demands too: DVC must not record the outputs of a stage that it, or its user, has stopped.
"""

import os
import signal
import threading
import time
from types import FrameType, TracebackType
from typing import Any, Self

from vitrine.processes import EXIT_TIMEOUT_S

SIGNALS = (signal.SIGTERM, signal.SIGINT)
STEP_TIMEOUT_S = EXIT_TIMEOUT_S - 3  # the rest is for saving: a stage whose DVC is gone ends EXIT_TIMEOUT_S after the signal
POLL_S = 0.2


class Interrupts:
    """Delays SIGTERM and SIGINT inside the block. Does nothing outside the main thread, where signals cannot be handled.

    The handler only sets attributes: it may interrupt code that holds a lock, or that writes to the terminal.
    """

    def __init__(self) -> None:
        self.requested: int | None = None
        self._before: dict[int, Any] = {}
        self._deadline: float | None = None  # by time.monotonic()
        self._over = self._late = False

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            threading.Thread(target=self._abandon_late_step, daemon=True, name="abandons a late step").start()
            # a script's `&` makes its command ignore SIGINT
            heeded = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
            self._before = {number: signal.signal(number, self._receive) for number in heeded}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._restore()
        if self.requested is not None and kind is None:
            self.end()

    def end(self) -> None:
        """Do what the signal would have done without this block."""
        self._restore()
        if self.requested is not None:
            os.kill(os.getpid(), self.requested)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        again, self.requested = self.requested is not None, number
        if self._late or (again and number == signal.SIGINT):
            self.end()
        elif not again:
            self._deadline = time.monotonic() + STEP_TIMEOUT_S

    def _abandon_late_step(self) -> None:
        while not self._over:
            time.sleep(POLL_S)
            if self._deadline is not None and time.monotonic() > self._deadline and not self._over:
                self._late = True
                os.kill(os.getpid(), self.requested or signal.SIGTERM)  # Python runs handlers in the main thread
                return

    def _restore(self) -> None:
        self._over = True
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}
