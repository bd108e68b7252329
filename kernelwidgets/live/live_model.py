"""A model that is watched and touched while it trains."""

from __future__ import annotations

import functools
import importlib
import inspect
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal, SupportsFloat

import torch
from numpy.typing import ArrayLike

from kernelwidgets.live.arguments import positive_number, whole_number
from kernelwidgets.live.commands import learning_rate
from kernelwidgets.live.readable_model import LayerKey
from kernelwidgets.live.recorded_model import RecordedModel
from kernelwidgets.live.run import Run
from kernelwidgets.wire import schema
from kernelwidgets.wire.commands import Handle
from kernelwidgets.wire.fitting import fitted
from kernelwidgets.wire.schema import Parameter

__all__ = ["LiveModel"]


class LiveModel(RecordedModel):
    """A model under watch: read, edited and paused between two steps of whatever loop trains it.

    The step hooks of the optimizers are the safe point; a loop that has none calls `tick`. All
    methods may be called from any thread. While a loop runs on another thread they take effect at
    its next safe point, otherwise at once. Those that change something return a handle, whose
    `wait(timeout)` gives the step at which it was done, or raises what went wrong; what goes wrong
    at once is raised at once.

    Parameters
    ----------
    model
        The model that is trained. Watching it again closes this.
    optimizer
        What trains it: one optimizer or several; None if the loop calls `tick`.
    probe
        Pictures to show feature maps of: a batch (tensor or array), or (batch, labels). None
        takes up to 16 samples of the first training batch.
    classes
        Names of the model's answers; with them each probe picture carries the best guesses.
    loss
        Function of `(model(x), y)`: with it, and a probe of (x, y), `KernelGradient` shows where a
        kernel's gradient comes from. Training never calls it.
    budget
        Share of training time that watching may cost.
    rate_hz
        The most frames per second.

    Raises
    ------
    TypeError, ValueError
        If `optimizer` is none or holds none of the model's parameters, or a number is out of
        its range.
    """

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._title}: {self.status.text}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self._lab._repr_mimebundle_(**kwargs)

    @functools.cached_property
    def _lab(self) -> Any:
        # Widgets stand above and may not even be installed: they are looked up when shown.
        return importlib.import_module("kernelwidgets").Lab(self)

    @property
    def probe(self) -> torch.Tensor | None:
        """The probe pictures, a batch as the model takes it.

        May be set to a batch, to (batch, labels), or, once there is a probe, to one picture,
        which is fitted to its shape. None takes the next training batch.
        """
        return self._network.probe

    @probe.setter
    def probe(self, value: Any) -> None:
        def replace() -> None:
            self._network.probe = value
            if value is None:
                self._hooks.listen()
            self._refresh()
            self._info = None
            # Its pictures are any batch: what is recorded is that there is another one.
            self._tell(schema.SetProbe(), self._safe_point.step)

        self._act(replace).wait()

    @property
    def learning_rate(self) -> float | None:
        """Learning rate of the first parameter group, or None; setting it sets them all."""
        return learning_rate(self._network.optimizers)

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        rate = positive_number("learning_rate", rate)
        self._order(schema.SetLearningRate(learning_rate=rate)).wait()

    @property
    def max_steps_per_s(self) -> float | None:
        """Pace that training is held to; None is as fast as it goes."""
        return self._safe_point.max_steps_per_s

    @max_steps_per_s.setter
    def max_steps_per_s(self, pace: float | None) -> None:
        if pace is not None:
            hint = ", or None for as fast as it goes"
            pace = positive_number("max_steps_per_s", pace, otherwise=hint)
        self._order(schema.SetSpeed(max_steps_per_s=pace)).wait()

    def edit(
        self,
        layer: LayerKey,
        index: Any = ...,
        values: ArrayLike | torch.Tensor | None = None,
        *,
        parameter: Parameter = "weight",
        optimizer_state: Literal["momentum", "clear", "keep"] = "momentum",
        allow_nonfinite: bool = False,
    ) -> Handle:
        """Write values into a layer.

        Parameters
        ----------
        layer
            Name, module or position.
        index
            As for a numpy array of the canonical view `(out, in/groups, *kernel)`, such as
            `np.s_[0, :, 1, 1]`; by default all of it.
        values
            What to write; broadcast to the shape that the index selects.
        parameter
            "weight" or "bias".
        optimizer_state
            What the optimizer forgets of the edited cells: its first moments ("momentum"),
            everything ("clear") or nothing ("keep").
        allow_nonfinite
            Write NaN and infinities too.

        Raises
        ------
        ValueError, IndexError
            If there is no such layer or cell, or the values do not fit.
        """
        if values is None:
            raise TypeError("edit needs values: live.edit(layer, index, values)")
        cells = self._network.cells_of(layer, parameter, index)
        # numpy has no bfloat16.
        given = values.detach().cpu().double() if isinstance(values, torch.Tensor) else values
        flat = fitted(given, cells.shape).ravel()
        return self._order(
            schema.Edit(
                layer=self.resolve(layer),
                # A whole layer as a list would take long.
                cells=cells.ravel(),  # type: ignore[arg-type]  # arrays do as well here
                values=flat,  # type: ignore[arg-type]  # and here
                parameter=parameter,
                optimizer_state=optimizer_state,
                allow_nonfinite=allow_nonfinite,
            )
        )

    def freeze(
        self, layer: LayerKey, index: Any = ..., *, parameter: Parameter = "weight"
    ) -> Handle:
        """Keep cells bitwise constant under any optimizer; an edit changes what is kept."""
        return self._freeze(layer, index, parameter, on=True)

    def unfreeze(
        self, layer: LayerKey, index: Any = ..., *, parameter: Parameter = "weight"
    ) -> Handle:
        """Let frozen cells learn again."""
        return self._freeze(layer, index, parameter, on=False)

    def revert(
        self, layer: LayerKey, index: Any = ..., *, parameter: Parameter = "weight"
    ) -> Handle:
        """Put cells back to what they were when watching began."""
        cells = self._network.cells_of(layer, parameter, index).ravel().tolist()
        return self._order(
            schema.Revert(layer=self.resolve(layer), cells=cells, parameter=parameter)
        )

    def mute(self, layer: LayerKey, out: int, on: bool = True) -> Handle:
        """Hold an output channel at zero, weights and bias, or let it speak again."""
        return self._order(schema.Mute(layer=self.resolve(layer), out=out, on=on))

    def undo(self) -> Handle:
        """Take the last edit back, with the optimizer's memory of its cells."""
        return self._order(schema.Undo())

    def redo(self) -> Handle:
        """Bring back what was undone."""
        return self._order(schema.Redo())

    def pause(self) -> Handle:
        """Wait at the next safe point, until `resume`."""
        return self._order(schema.Pause())

    def resume(self) -> Handle:
        """Go on after a pause."""
        return self._order(schema.Start())

    def step(self, count: int = 1) -> Handle:
        """Take `count` steps, then wait."""
        return self._order(schema.Step(count=whole_number("the number of steps", count, 1)))

    def stop(self) -> Handle:
        """End the run: `StopTraining` comes out of its next `optimizer.step()`."""
        return self._order(schema.Stop())

    def _freeze(self, layer: LayerKey, index: Any, parameter: Parameter, *, on: bool) -> Handle:
        cells = self._network.cells_of(layer, parameter, index).ravel().tolist()
        return self._order(
            schema.Freeze(layer=self.resolve(layer), cells=cells, parameter=parameter, on=on)
        )

    def _order(self, command: schema.AnyCommand) -> Handle:
        return self._act(lambda: self._apply(command))

    def _act(self, action: Callable[[], str | None]) -> Handle:
        """Change something for a caller in Python, who should not have to ask for errors."""
        at_once = self._safe_point.mine or self._safe_point.free
        handle = self._change(action)
        if at_once and handle.error is not None:
            raise handle.error
        return handle

    def log(self, **values: SupportsFloat) -> None:
        """Add values of this step to the curves, by name: `live.log(loss=loss)`.

        Tensors are detached; those on an accelerator are not waited for.

        Raises
        ------
        TypeError
            If a value is not a single number.
        """
        self._log(self._safe_point.step, values)

    def _log(self, step: int, values: Mapping[str, SupportsFloat]) -> None:
        start = time.perf_counter()
        self._curves.log(step, values)
        self._meter.overhead(time.perf_counter() - start)

    def tick(self, **values: SupportsFloat) -> None:
        """Mark the end of a step, in a loop without an optimizer, and log values.

        Raises
        ------
        RuntimeError
            If an optimizer marks the steps already.
        StopTraining
            If the run was asked to stop.
        """
        if self._network.optimizers:
            raise RuntimeError(
                "the optimizer marks the steps already; use live.log(loss=loss) instead of tick"
            )
        if self._safe_point.closed:
            return
        self._safe_point.step += 1
        self.log(**values)
        self._pass_safe_point()

    def run(self, fn: object, *args: Any, **kwargs: Any) -> Run:
        """Run a training function in the background, so that the notebook stays usable.

        Torch's modes and the context of the caller go with it; what it prints appears under the
        cell that launched it.

        Parameters
        ----------
        fn
            The function itself; called with the other arguments.

        Raises
        ------
        TypeError
            If `fn` is not a function that can be called from here.
        RuntimeError
            If something runs already.
        """
        if inspect.iscoroutinefunction(fn) or inspect.iscoroutine(fn):
            if inspect.iscoroutine(fn):
                fn.close()
            raise TypeError(
                "run calls a plain function, and this is a coroutine: await train() in a cell, "
                "or pass a function that is made with def alone"
            )
        if not callable(fn):
            raise TypeError(
                f"run calls a plain function by itself, not {type(fn).__name__}: "
                "pass train, not train()"
            )
        return self._launch(functools.partial(fn, *args, **kwargs))

    def _launch(self, call: Callable[[], Any]) -> Run:
        return Run(
            call,
            begin=self._safe_point.begin,
            end=self._safe_point.end,
            flush=self._publisher.flush,
        )
