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
        ("given-up-all-the-same", "and jit and _problem(False) is None:", "and jit:"),
        ("jit-of-the-device-alone", "jit = engine.devices.can_jit and jit", "jit = engine.devices.can_jit"),
        ("jax-without-xla", 'if engine.BACKEND == "tensorflow" and jit and', "if jit and"),
        ("working-cards-refused", "    if trial.worked:\n", "    if not trial.worked:\n"),
        ("fault-of-no-card", 'device=f"GPU {facts.seen[0].index}"', 'device="GPU"'),
    ),
    *mistakes_in(
        "engine/first_step.py",
        "doctor/test_first_step.py",
        ("infinite-steps-work", "if not np.isfinite(norm):", "if np.isnan(norm):"),
        ("always-with-xla", "[kernel, weight, seed.state], jit)", "[kernel, weight, seed.state], True)"),
        ("no-update-tried", "variable.assign(variable - 0.01 * grad)", "pass"),
        ("no-gradient-of-a-gradient", "ops.sum(engine.input_grad(critic, noisy) ** 2)", "critic(noisy)"),
        ("no-random-numbers-tried", "noisy = x + keras.random.normal(ops.shape(x), seed=seed)", "noisy = x"),
        ("devices-untold", "say(devices=engine._backend.gpu_names(),", "say(devices=[],"),
    ),
    *mistakes_in(
        "engine/machine.py",
        "estimate/test_timing.py",
        ("worst-product", "/ min(times) / 1e9", "/ max(times) / 1e9"),
        ("one-operation-for-two", "products * 2 * size**3", "products * size**3"),
        ("one-product-for-four", "return products * 2 * size**3", "return 2 * size**3"),
        ("processor-counted-twice", "(devices.count if on_gpu() else 1)", "(devices.count if not on_gpu() else 1)"),
    ),
]
