"""Several devices that share each batch (data parallel), and how a step is split among them (notebook 05)."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from oasis_helpers.errors import UserError


class Devices:
    """The devices, of this process or of all that joined, that train side by side; one until `use` is called.

    Every device holds all weights and gets an equal share of each batch: on JAX through
    `keras.distribution.DataParallel`, on TensorFlow through `tf.distribute.MirroredStrategy`. The update is that of one
    device with the whole batch.

    Attributes:
        count: how many share each batch.
    """

    def __init__(self, backend: ModuleType) -> None:
        """Take the engine's module, `_tensorflow` or `_jax`."""
        self.count = 1
        self._backend, self._strategy, self._xla = backend, None, True

    @property
    def can_jit(self) -> bool:
        """Whether XLA can compile a step that these devices share."""
        return self._xla and (self.count == 1 or self._backend.SPLITS_WITH_JIT)

    def give_up_xla(self) -> None:
        """Compile nothing with XLA from now on, since it does not work on these devices. JAX cannot do without."""
        self._xla = False

    def use(self, count: int) -> None:
        """Train on several devices from now on; call it before any network is made, once in a process.

        Raises:
            UserError: there are not so many devices.
        """
        names = self._backend.device_names()
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= len(names):
            raise UserError(
                f"devices: expected a whole number from 1 to {len(names)}, the devices here, but got {count!r}"
            )
        self.count = count
        if count > 1:
            self._strategy = self._backend.distribute(names[:count])

    def use_all(self) -> None:
        """Train on every device there is, those of all processes."""
        self.use(len(self._backend.device_names()))

    def on_each(self, function: Callable[..., Any], batch: Any, *shared: Any) -> Any:
        """Call a function on every device's share of a batch; with one device, just call it.

        Args:
            function: takes the share and what is shared, and returns means over the share's images (nested
                dictionaries and tuples allowed). It may update networks through Keras optimisers.
            batch: tensors, nested, whose first axis counts the images of the whole batch.
            *shared: what every device gets whole.

        Returns:
            What the function returns, as means over the whole batch.
        """
        if self.count == 1:
            return function(batch, *shared)
        return self._backend.on_each(self._strategy, self.count, function, batch, shared)
