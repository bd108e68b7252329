"""A source that nothing trains: its subscribers get a frame after every change."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable

from kernelwidgets.wire.schema import Status
from kernelwidgets.wire.source import Frame, Request, Subscriber

__all__ = ["StillSource"]


class StillSource(ABC):
    """Delivers to whoever wants something that they do not have yet, on the thread that asks."""

    def __init__(self) -> None:
        self._version = 0
        self._subscribers: dict[int, Subscriber] = {}
        self._served: dict[int, tuple[Request, int]] = {}
        self._publishing = threading.Lock()
        self._pending = False

    @property
    @abstractmethod
    def status(self) -> Status:
        """How it goes."""

    @abstractmethod
    def read(self, request: Request) -> Frame:
        """Read the present values."""

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Deliver a frame after every change from now on; returns the call that ends it."""
        key = id(subscriber)
        self._subscribers[key] = subscriber

        def unsubscribe() -> None:
            self._subscribers.pop(key, None)
            self._served.pop(key, None)

        return unsubscribe

    def _changed(self) -> None:
        self._version += 1
        status = self.status
        for subscriber in list(self._subscribers.values()):
            subscriber.deliver_status(status)
        self.wake()

    def wake(self) -> None:
        """Deliver to whoever wants something that they do not have yet."""
        self._pending = True
        # One thread delivers; another that comes meanwhile leaves it to go round once more.
        while self._pending and self._publishing.acquire(blocking=False):
            try:
                self._pending = False
                for key, subscriber in list(self._subscribers.items()):
                    self._serve(key, subscriber)
            finally:
                self._publishing.release()

    def _serve(self, key: int, subscriber: Subscriber) -> None:
        request, version = subscriber.request(), self._version
        served, at = self._served.get(key, (None, -1))
        # A subscriber that wants to hear the same again asks with a new request.
        if request is None or (served is request and at == version):
            return
        if not subscriber.ready():
            return
        self._served[key] = (request, version)
        subscriber.deliver(self.read(request))
