"""How well kernels are named and how fast: the table of docs/describing.md.

`python -m tests.bench.bench_describe` prints what is left when a name has to beat more or less
noise: the trade-off between names kept and names given to noise.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from unittest import mock

import numpy as np

from kernelwidgets.kernels import measures
from kernelwidgets.kernels.description import describe_bank
from kernelwidgets.kernels.gabor import fit_gabor, gabor_scores
from kernelwidgets.kernels.nulls import calibrated_on_smooth
from tests.bench._figures import Effort, Figure, at_least, at_most
from tests.kernels import evaluation
from tests.kernels.evaluation import SIZES
from tests.kernels.labeled_kernels import awkward_noise, labeled_set

ACCURACY = {
    3: (0.97, 0.95, 0.90),
    5: (0.99, 0.98, 0.95),
    7: (0.99, 0.98, 0.95),
    11: (0.98, 0.97, 0.95),
}


def figures(effort: Effort) -> Iterator[Figure]:
    yield from _names_kept()
    yield from _names_on_noise()
    for k in SIZES[1:]:
        median, tail = evaluation.direction_errors(k)
        yield at_most(f"direction error {k}×{k}, median", median, 1.5, "°")
        yield at_most(f"direction error {k}×{k}, p95", tail, 5, "°")
    yield from _speed()


def _names_kept() -> Iterator[Figure]:
    for k, limits in ACCURACY.items():
        for noise, limit in zip((0.0, 0.1, 0.2), limits, strict=True):
            reached = evaluation.accuracy(k, noise)
            yield at_least(f"family accuracy {k}×{k}, {noise:.0%} noise", reached, limit)
    for k in (7, 11):
        yield at_least(f"kernels from elsewhere {k}×{k}", evaluation.foreign_accuracy(k), 0.9)
        for kind, share in evaluation.outside_share(k).items():
            yield at_least(f"{kind} {k}×{k} called other", share, 0.8)


def _names_on_noise() -> Iterator[Figure]:
    for k in (2, *SIZES):
        share, law = evaluation.white_names(k)
        yield at_most(f"names on white noise {k}×{k}", 100 * share, 3, "%", f"worst: {law}")
    for k in SIZES:
        shares = evaluation.smooth_names(k)
        worst = max(shares, key=shares.__getitem__)
        about = f"worst: {worst}; pink {shares['pink']:.1%}"
        name = f"names on smooth noise {k}×{k}"
        if k >= 7:
            yield at_most(name, 100 * shares[worst], 10, "%", about)
        else:
            yield Figure(name, "stated", f"{shares[worst]:.1%} ({about})", held=True)
    for k in SIZES[1:]:
        for kind, noise in awkward_noise(np.random.default_rng(7), 2000, k).items():
            share = evaluation.named_share(noise)
            yield Figure(f"names on noise {k}×{k}: {kind}", "stated", f"{share:.1%}", held=True)


def _speed() -> Iterator[Figure]:
    for k, n, limit in ((3, 4096, 10), (3, 32, 30), (7, 4096, 50), (7, 64, 50), (11, 64, 300)):
        kernels = np.random.default_rng(0).normal(size=(n, 1, k, k))
        spent = _cpu_us(lambda kernels=kernels: describe_bank(kernels), max(5, 20_000 // n)) / n
        yield at_most(f"description of a kernel, {n} of {k}×{k}", spent, limit, "µs")
    structured = labeled_set(11, 0.1, 8, seed=7)[0]
    fit = _cpu_us(lambda: [fit_gabor(kernel) for kernel in structured], 3) / len(structured)
    yield at_most("Gabor fit of a structured kernel 11×11", fit / 1000, 10, "ms")
    scores = _cpu_us(lambda: gabor_scores(structured), 5) / len(structured)
    yield at_most("quick Gabor score of a kernel 11×11", scores / 1000, 1, "ms")
    error = float(np.quantile(evaluation.gabor_parameter_errors(), 0.99))
    yield at_most("Gabor parameters, error of 99 %", 100 * error, 2, "%")


def _cpu_us(call: Callable[[], object], times: int) -> float:
    """Microseconds of processor time of one call, the median."""
    call()
    spent = []
    for _ in range(times):
        start = time.process_time()
        call()
        spent.append(time.process_time() - start)
    return statistics.median(spent) * 1e6


def print_curve() -> None:
    """Accuracy and names on noise over the share of noise that a name has to beat."""
    print("| limit | size | accuracy at 0/10/20 % | names on white | on smooth (worst) |")
    print("|---|---|---|---|---|")
    for limit in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4):
        with mock.patch.dict(measures.NAMED_BELOW, smooth=limit, white=limit):
            for k in SIZES:
                null = "smooth" if calibrated_on_smooth((k, k)) else "white"
                kept = "/".join(f"{evaluation.accuracy(k, x, 100):.3f}" for x in (0, 0.1, 0.2))
                white = evaluation.white_names(k, 2048)[0]
                smooth = max(evaluation.smooth_names(k, 1000).values())
                print(f"| {limit:g} ({null}) | {k}×{k} | {kept} | {white:.1%} | {smooth:.1%} |")


if __name__ == "__main__":
    print_curve()
