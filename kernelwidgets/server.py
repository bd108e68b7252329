"""A Jupyter server's connection to pages, for pictures that move."""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

__all__ = ["PromptConnection"]


class PromptConnection(ZMQChannelsWebsocketConnection):
    """Sends each message to the page as soon as it is there.

    By default the system holds a small message back until the page's system has confirmed the one
    before (Nagle's algorithm), which on one machine takes up to 40 ms: frames then arrive two by
    two, and every second one is never painted. Any JupyterLab uses it with
    `--ServerApp.kernel_websocket_connection_class=kernelwidgets.server.PromptConnection`.
    """

    def connect(self) -> Any:
        """Connect the page to its kernel."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()
