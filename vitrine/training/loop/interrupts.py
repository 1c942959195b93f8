"""Let a training save at the end of its step before SIGTERM or Ctrl-C ends it.

    with Interrupts() as interrupts:
        ...
        if interrupts.requested:      # at the end of a step
            save()
            interrupts.end()          # what the signal would have done at once: raises, so that the stage fails

A step that does not end in time is abandoned, and so is one after a second Ctrl-C. A training that ends in the meantime ends as
the signal demands too: DVC must not record the outputs of a stage that it, or its user, has stopped.
"""

import logging
import os
import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

from vitrine.processes import EXIT_TIMEOUT_S

log = logging.getLogger(__name__)
SIGNALS = (signal.SIGTERM, signal.SIGINT)
STEP_TIMEOUT_S = EXIT_TIMEOUT_S - 3  # the rest is for saving: a stage whose DVC is gone ends EXIT_TIMEOUT_S after the signal


class Interrupts:
    """Delays SIGTERM and SIGINT inside the block. Does nothing outside the main thread, where signals cannot be handled."""

    def __init__(self) -> None:
        self.requested: int | None = None
        self._before: dict[int, Any] = {}
        self._timer: threading.Timer | None = None
        self._late = False

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._receive) for number in SIGNALS}
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
        again = self.requested is not None
        self.requested = number
        if self._late or (again and number == signal.SIGINT):
            self.end()
        elif not again:
            log.info("stopping: the step is finished and saved if that takes less than %.0f s", STEP_TIMEOUT_S)
            self._timer = threading.Timer(STEP_TIMEOUT_S, self._abandon, args=(number,))
            self._timer.daemon = True
            self._timer.start()

    def _abandon(self, number: int) -> None:
        self._late = True
        os.kill(os.getpid(), number)  # Python runs handlers in the main thread

    def _restore(self) -> None:
        if self._timer:
            self._timer.cancel()
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}
