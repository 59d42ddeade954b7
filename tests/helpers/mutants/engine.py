"""Planted mistakes in the engine."""

from helpers.mutants.table import mistakes_in

MUTANTS = [
    *mistakes_in(
        "engine/guard.py",
        "training/test_gpu_guard.py",
        (
            "guard-on-a-processor",
            "    if not on_gpu():\n",
            "    if False:\n",
            "test_on_a_processor_nothing_is_tried",
        ),
        (
            "full-card-cannot-compile",
            "if problem.fault not in UNDECIDED:",
            "if True:",
            "test_a_card_that_this_process_holds_says_nothing",
        ),
        (
            "xla-all-the-same",
            "        engine.devices.give_up_xla()\n",
            "        pass\n",
            "test_then_the_compute_capability_decides",
        ),
    ),
    *mistakes_in(
        "engine/guard.py",
        "training/test_gpu_guard.py",
        (
            "xla-tried-where-it-was-given-up",
            "jit = engine.devices.can_jit and jit",
            "jit = bool(jit)",
            "test_where_xla_is_not_used_it_is_not_tried",
        ),
    ),
    *mistakes_in(
        "engine/_jax.py",
        "training/test_devices.py",
        ("jax-sees-no-card", 'if device.platform != "cpu"]', 'if device.platform == "cuda"]'),
    ),
    *mistakes_in(
        "engine/_tensorflow.py",
        "training/test_devices.py",
        (
            "every-device-the-same-images",
            "tf.convert_to_tensor(x)[own::count]",
            "tf.convert_to_tensor(x)[::count]",
            "test_every_image_of_a_batch_goes_to_one_device_and_the_means_are_those_of_all",
        ),
        (
            "gradients-of-all-devices-added",
            "[grad / device_count for grad in grads]",
            "[grad / 1 for grad in grads]",
            "test_gradients_of_several_devices_add_up_to_those_of_the_whole_batch",
        ),
    ),
    *mistakes_in(
        "engine/processes.py",
        "training/test_devices.py",
        ("every-process-writes", "return self.index == 0", "return self.index >= 0"),
        ("others-not-asked", "return flag if self.count == 1 else", "return flag if self.index == 0 else"),
    ),
    *mistakes_in(
        "engine/_jax.py",
        "training/test_devices.py",
        ("stop-needs-all", "process_allgather(np.array(flag)).any()", "process_allgather(np.array(flag)).all()"),
    ),
    *mistakes_in(
        "engine/_tensorflow.py",
        "training/test_devices.py",
        (
            "neighbours-share-a-device",
            "tf.convert_to_tensor(x)[own::count]",
            "tf.convert_to_tensor(x)[own * (x.shape[0] // count) :][: x.shape[0] // count]",
        ),
    ),
    *mistakes_in(
        "engine/_tensorflow.py",
        "training/test_devices.py",
        (
            "full-memory-of-a-card-unknown",
            "isinstance(error, tf.errors.ResourceExhaustedError)",
            "isinstance(error, tf.errors.OutOfRangeError)",
            "test_tensorflows_error_of_a_full_memory_is_known_and_no_other_is_taken_for_it",
        ),
    ),
    *mistakes_in(
        "engine/quiet.py",
        "data/test_surroundings.py",
        (
            "floats-of-a-keras-json",
            'keras.config.set_floatx("float32")',
            "pass",
            "test_the_engine_sets_what_the_networks_are_written_for_whatever_keras_was_told",
        ),
    ),
    *mistakes_in(
        "engine/guard.py",
        "training/test_gpu_guard.py",
        (
            "card-held-by-oneself-is-broken",
            '("gpu-memory-full", "gpu-busy", "killed")',
            '("gpu-memory-full", "killed")',
            "test_a_card_that_this_process_holds_says_nothing",
        ),
    ),
]
