"""Everything that crosses between Python and the page, written once.

Python validates with these structs; the front end's types are generated from them
(`js/src/generated/schema.ts`). Keys are snake_case on both sides. Three kinds of things travel:

* *state*, in synced traits: `Traits` lists every one of them;
* *commands*, page to Python, each answered exactly once by an `Answer`;
* *events*, page to Python, never answered: `Ack` and `Visible`.
"""

from __future__ import annotations

from kernelwidgets.wire import info, messages, state
from kernelwidgets.wire.info import *  # noqa: F403  # the list of names is theirs
from kernelwidgets.wire.messages import *  # noqa: F403  # the list of names is theirs
from kernelwidgets.wire.state import *  # noqa: F403  # the list of names is theirs

__all__ = info.__all__ + messages.__all__ + state.__all__
