from __future__ import annotations

import pytest
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

from kernelwidgets.server import PromptConnection


def test_a_page_is_connected_without_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []

    class Handler:
        def set_nodelay(self, value: bool) -> None:
            calls.append(value)

    class Connection(PromptConnection):
        def __init__(self) -> None:
            pass

        websocket_handler = Handler()

    monkeypatch.setattr(
        ZMQChannelsWebsocketConnection, "connect", lambda self: calls.append("connected")
    )
    Connection().connect()
    assert calls == [True, "connected"]
