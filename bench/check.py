#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Tests of the arithmetic of ./run bench, in TAP: percentiles, ratios, verdicts, forms."""
import pathlib
import sys
import tempfile
import traceback

import counted
import document
import measure
import table
from table import Row, at_least, at_most


def refuses(error, function, *arguments):
    try:
        function(*arguments)
    except error:
        return True
    return False


def percentiles_of_exact_times():
    times = [[10, 50], [20, 49], [200, 1]]
    assert 10 <= measure.percentile(times, 0.5) <= 11
    assert 20 <= measure.percentile(times, 0.99) <= 21
    assert 200 <= measure.percentile(times, 0.999) <= 201


def a_percentile_lies_within_its_bucket():
    # From 1024 ns on a bucket is 8 ns wide.
    assert measure.percentile([[1024, 100]], 0.5) == 1028
    assert measure.percentile([[1024, 100]], 1) == 1032
    assert measure.percentile([[1024, 1], [1032, 1]], 0.75) == 1036


def buckets_are_as_wide_as_in_histogram_c():
    assert [measure.width(floor) for floor in (0, 127, 255, 256, 510, 512, 1 << 20)] == [
        1, 1, 1, 2, 2, 4, 1 << 13]


def no_times_have_no_percentiles():
    assert refuses(ValueError, measure.percentile, [], 0.5)


def distributions_add_up():
    assert measure.merge([[[1, 2], [5, 1]], [[1, 3]]]) == [[1, 5], [5, 1]]


def subjects_take_turns():
    order = []
    found = measure.alternate(2, {name: lambda name=name: order.append(name) or name
                                  for name in ("limit", "vscmi")})
    assert order == ["limit", "vscmi", "limit", "vscmi"]
    assert found == {"limit": ["limit"] * 2, "vscmi": ["vscmi"] * 2}


def a_ratio_is_that_of_the_best_turns():
    slow, quick = {"latency": [[100, 9]]}, {"latency": [[50, 9]]}
    limit = {"latency": [[20, 9]]}
    assert measure.best([slow, quick, slow], measure.p50) == measure.p50(quick)
    assert measure.ratio([slow, quick], [limit, slow], measure.p50) == (
        measure.p50(quick) / measure.p50(limit))


def of_rates_the_best_is_the_highest():
    low, high = {"count": 1, "time_ns": 1000}, {"count": 3, "time_ns": 1000}
    assert measure.best([low, high, low], measure.rate) == measure.rate(high)


def a_rate_is_per_second():
    assert measure.rate({"count": 10, "time_ns": 5000000}) == 2000


def verdicts():
    for reach, value, verdict in (
            (at_most(3), 3, table.REACHED), (at_most(3), 3.01, table.MISSED),
            (at_most(0), 0, table.REACHED), (at_most(0), 0.1, table.MISSED),
            (at_least(0.7), 0.7, table.REACHED), (at_least(0.7), 0.69, table.MISSED),
            (at_most(3), None, table.UNKNOWN), (at_least(3), None, table.UNKNOWN)):
        assert reach.verdict(value) == verdict, (reach, value)


def a_row_that_is_only_shown_has_no_verdict():
    assert Row("a", "1 s", value=5).verdict == ""
    assert table.all_reached([Row("a", "1 s", value=5)])


def what_was_not_measured_is_not_reached():
    assert not table.all_reached([Row("a", reach=at_most(1))])


def one_miss_is_enough():
    good, bad = Row("a", value=1, reach=at_most(1)), Row("b", value=2, reach=at_most(1))
    assert table.all_reached([good]) and not table.all_reached([good, bad])


def tap_has_a_line_for_each_row_that_is_judged():
    rows = [Row("a", "1", value=1, reach=at_most(1)), Row("b", "2", value=2, reach=at_most(1)),
            Row("shown"), Row("c", reach=at_most(1), note="why")]
    assert table.tap(rows).splitlines() == [
        "1..3", "ok 1 - a: 1, to reach <= 1", "not ok 2 - b: 2, to reach <= 1",
        "not ok 3 - c: -, to reach <= 1", "# why"]


def columns_are_aligned_and_only_a_peer_has_its_own():
    rows = [Row("short", "1", value=1.234, reach=at_most(3, "x")), Row("a longer name", "2")]
    lines = table.text(rows).splitlines()
    assert lines[0].split()[:2] == ["row", "measured"] and "peer" not in lines[0]
    assert lines[2].index("1") == lines[3].index("2") == len("a longer name  ")
    assert "1.23 x" in lines[2] and lines[2].endswith("reached")
    assert "peer" in table.text([Row("a", peer="5 us")]).splitlines()[0]


def numbers_have_three_digits():
    assert [table.number(value) for value in (0, 3, 0.0366, 1.2345, 12.345, 1234.5)] == [
        "0", "3", "0.0366", "1.23", "12.3", "1234"]


def the_table_of_a_page_is_replaced_and_nothing_else():
    page = f"before\n{document.BEGIN}\nold\n{document.END}after\n"
    once = document.replaced(page, "new\n")
    assert once == f"before\n{document.BEGIN}\nnew\n\n{document.END}after\n"
    assert document.replaced(once, "new\n") == once
    assert refuses(ValueError, document.replaced, "no comments", "new")


def the_counts_of_strace_are_read():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "report"
        path.write_text("    calls syscall\n--------- ----------\n     1002 epoll_wait\n"
                        "        3 write\n--------- ----------\n     1005 total\n", encoding="utf-8")
        assert counted.traced(path) == {"epoll_wait": 1002, "write": 3}


def what_a_command_costs_leaves_out_the_start():
    def count_both(commands):
        return {"write": 7 + commands, "mmap": 30, "brk": 3 if commands == counted.LONG else 1}

    found = counted.for_each_command(count_both)
    assert found["write"] == 1 and "mmap" not in found and 0 < found["brk"] < 0.001


def a_cost_is_that_of_the_dearest_case():
    dear, flat = counted.cost_rows("agent", {"1 in flight": 500, "8 in flight": 601, "else": 9}, r"\d+ in")
    assert dear.value == 601 and dear.verdict == table.MISSED
    assert flat.value == 601 / 500 and flat.verdict == table.MISSED
    assert refuses(counted.programs.Failed, counted.cost_rows, "agent", {"1 in flight": 5}, r"\d+ in")


def main():
    tests = [test for name, test in globals().items()
             if callable(test) and getattr(test, "__module__", "") == "__main__"
             and name not in ("main", "refuses")]
    print(f"1..{len(tests)}")
    failed = False
    for number, test in enumerate(tests, 1):
        try:
            test()
            result = "ok"
        except Exception:  # the report of a test that has failed, whatever it raised
            traceback.print_exc(file=sys.stdout)
            result, failed = "not ok", True
        print(result, number, "-", test.__name__.replace("_", " "))
    sys.exit(failed)


main()
