# SPDX-License-Identifier: BSD-3-Clause
"""Distributions of times, and ratios of what was measured in turns.

A distribution is what histogram.c prints: [[floor, count], ...] in nanoseconds, ascending.
"""
import collections

EXACT_NS = 256
STEP_BITS = 7


def width(floor):
    """How wide the bucket is that starts there: histogram.h."""
    return 1 if floor < EXACT_NS else 1 << (floor.bit_length() - 1 - STEP_BITS)


def percentile(distribution, share):
    """The time that this share of the times does not exceed: within a bucket, linear."""
    total = sum(count for _, count in distribution)
    wanted = share * total
    below = 0
    for floor, count in distribution:
        if below + count >= wanted:
            return floor + width(floor) * max(wanted - below, 0) / count
        below += count
    raise ValueError("a distribution without times has no percentiles")


def merge(distributions):
    """One distribution of all the times."""
    counts = collections.Counter()
    for distribution in distributions:
        for floor, count in distribution:
            counts[floor] += count
    return sorted(map(list, counts.items()))


def alternate(rounds, subjects):
    """Runs each subject, then each again, and so on. Returns a list of results for each name."""
    results = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, run in subjects.items():
            results[name].append(run())
    return results


def p50(result):
    return percentile(result["latency"], 0.5)


def p99(result):
    return percentile(result["latency"], 0.99)


def rate(result):
    """Per second."""
    return 1e9 * result["count"] / result["time_ns"]


def best(results, figure):
    """The turn in which least came between: the highest rate, or the shortest time."""
    return (max if figure is rate else min)(map(figure, results))


def ratio(results, limits, figure):
    """Of the best turns, which hardly depend on what else the machine does."""
    return best(results, figure) / best(limits, figure)


def summary(results):
    """The percentiles of all the times, for JSON."""
    distribution = merge(result["latency"] for result in results)
    return {
        "count": sum(count for _, count in distribution),
        "p50_ns": percentile(distribution, 0.5),
        "p99_ns": percentile(distribution, 0.99),
        "p999_ns": percentile(distribution, 0.999),
        "distribution": distribution,
    }
