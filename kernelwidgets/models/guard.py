"""Running a piece of a network so that nobody can tell afterwards."""

from __future__ import annotations

import random
import sys
import threading
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, MutableSequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules import module as torch_module
from torch.nn.utils import parametrize
from torch.nn.utils.prune import BasePruningMethod

__all__ = ["RANDOM_TURN", "no_trace", "random_states", "random_states_kept"]

RANDOM_TURN = threading.RLock()
"""Held by whoever borrows the global random numbers: the process has one set of them."""

_CONTAINERS = (dict, OrderedDict, defaultdict, list, set, deque)
_FORWARD_HOOKS = ("_forward_pre_hooks", "_forward_hooks")
_BACKWARD_HOOKS = ("_backward_pre_hooks", "_backward_hooks")


@contextmanager
def no_trace(
    modules: Iterable[nn.Module],
    *,
    copy_parameters: bool = False,
    draws: bool = True,
    evaluate: bool = True,
) -> Iterator[None]:
    """Run modules eagerly and without gradients, and put everything back.

    Training flags, buffers, attributes, lists and dicts of the modules (one level deep), the
    random states of torch, CUDA, numpy and python, and torch's own caches are afterwards what
    they were. Inside, buffers are copies, and torch's own forward hooks run (older weight norm,
    spectral norm and pruning are such hooks) while everybody else's do not. A hook with a true
    attribute `gate` runs where another thread calls the module meanwhile: there it can wait.

    Parameters
    ----------
    modules
        Every module that will run.
    copy_parameters
        Let the modules run on copies of their parameters too: some write to them in `forward`.
    draws
        Whether they may draw random numbers. If they do not, the random states are left alone,
        and other threads may draw meanwhile.
    evaluate
        Whether they run in eval mode; if not, in the modes that they are in.
    """
    everything = list(dict.fromkeys(modules))
    training = [module.training for module in everything]
    attributes = [(module, dict(module.__dict__)) for module in everything]
    containers = [
        value for _, saved in attributes for value in saved.values() if type(value) in _CONTAINERS
    ]
    outside = [vars(torch_module)[f"_global{name}"] for name in (*_FORWARD_HOOKS, *_BACKWARD_HOOKS)]
    # Inside `parametrize.cached()` a weight read without gradients would be served to training.
    containers += [*outside, parametrize._cache]
    copies = [(container, container.copy()) for container in containers]
    devices = {
        tensor.device for module in everything for tensor in module.parameters(recurse=False)
    }
    with ExitStack() as stack:
        if draws:
            stack.enter_context(random_states_kept(devices))
        stack.callback(_restore, attributes, copies, training)
        kinds = {"cpu", *(device.type for device in devices)}
        for kind in filter(torch.amp.is_autocast_available, kinds):
            stack.enter_context(torch.autocast(kind, enabled=False))
        stack.enter_context(torch.no_grad())
        if "torch._dynamo" in sys.modules:
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        for container in [*outside, parametrize._cache]:
            container.clear()
        swapped: dict[int, Tensor] = {}
        for module in everything:
            module.training = module.training and not evaluate
            _drop_hooks(module)
            _swap_for_copies(module._buffers, swapped)
            if copy_parameters:
                _swap_for_copies(module._parameters, swapped)
        yield


@contextmanager
def random_states_kept(devices: set[torch.device]) -> Iterator[None]:
    """Put the random states of torch, CUDA, numpy and python back at the end."""
    cuda = [device for device in devices if device.type == "cuda"]
    with RANDOM_TURN:
        torch_state, python_state = torch.get_rng_state(), random.getstate()
        numpy_state = np.random.get_state()  # noqa: NPY002 - the user's global state is meant
        cuda_states = [torch.cuda.get_rng_state(device) for device in cuda]
        try:
            yield
        finally:
            torch.set_rng_state(torch_state)
            random.setstate(python_state)
            np.random.set_state(numpy_state)  # noqa: NPY002  # the user's generator
            for device, state in zip(cuda, cuda_states, strict=True):
                torch.cuda.set_rng_state(state, device)


def random_states() -> tuple[Any, ...]:
    """The random states of torch, CUDA, numpy and python, to be compared."""
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    states = [state.numpy().tobytes() for state in (torch.get_rng_state(), *cuda)]
    _, keys, *rest = np.random.get_state()  # noqa: NPY002 - the user's global state is meant
    return (*states, np.asarray(keys).tobytes(), *rest, random.getstate())


def _drop_hooks(module: nn.Module) -> None:
    for name in _FORWARD_HOOKS:
        hooks = vars(module)[name]
        for key, hook in list(hooks.items()):
            if getattr(hook, "gate", False):
                hooks[key] = _for_others(hook)
            elif not _is_torch_own(hook):
                del hooks[key]
    for name in _BACKWARD_HOOKS:
        vars(module)[name].clear()


def _for_others(gate: Callable[..., Any]) -> Callable[..., Any]:
    """A gate that other threads meet, should they call the module meanwhile."""
    here = threading.current_thread()
    return lambda *args: None if threading.current_thread() is here else gate(*args)


def _is_torch_own(hook: Callable[..., Any]) -> bool:
    home = getattr(hook, "__module__", None) or type(hook).__module__
    return home.startswith("torch.") or isinstance(hook, BasePruningMethod)


def _swap_for_copies(slots: dict[str, Any], swapped: dict[int, Tensor]) -> None:
    for name, tensor in list(slots.items()):
        if tensor is None:
            continue
        if id(tensor) not in swapped:
            copy = tensor.detach().clone()
            swapped[id(tensor)] = copy.requires_grad_(tensor.requires_grad)
        slots[name] = swapped[id(tensor)]


def _restore(
    attributes: list[tuple[nn.Module, dict[str, Any]]],
    copies: list[tuple[Any, Any]],
    training: list[bool],
) -> None:
    for container, copy in copies:
        # Nearly all of them are empty, before and after.
        if (container or copy) and not _same(container, copy):
            container.clear()
            if isinstance(container, MutableSequence):
                container.extend(copy)
            else:
                container.update(copy)
    for (module, saved), flag in zip(attributes, training, strict=True):
        current = module.__dict__
        for name in current.keys() - saved.keys():
            del current[name]
        for name, value in saved.items():
            if current.get(name, copies) is not value:
                current[name] = value
        if module.training != flag:
            module.training = flag


def _same(one: Any, other: Any) -> bool:
    """Whether two containers hold the very same objects in the same order."""
    if len(one) != len(other):
        return False
    pairs = zip(one.items(), other.items(), strict=True) if hasattr(one, "items") else None
    if pairs is not None:
        return all(a is b and x is y for (a, x), (b, y) in pairs)
    if isinstance(one, set):
        return bool(one == other)
    return all(a is b for a, b in zip(one, other, strict=True))
