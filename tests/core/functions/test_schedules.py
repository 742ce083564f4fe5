"""Which schedules the Functions host reads; each case is how NCrontab 3.3.3 or .NET takes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.core.functions.schedules import explain_schedule

# Fields, and the values that they go from and to.
_RANGES = ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6))


@pytest.mark.parametrize(
    "schedule",
    [
        *("0 0 6 * * *", "*/15 * * * * *", "  0 0   6 * * *  ", "* * * * * *"),
        # Without seconds.
        *("0 6 * * *", "*/5 * * * *"),
        *("0,30 0-10,50-59/3 8-17 1,15 * *", "0 0 22-2 * * *", "0 5/10 * * * *"),
        *(
            "0 0 6 * * MON-FRI",
            "0 0 6 * Jan,sept,December Sun",
            "0 0 6 * * Monday,3",
            "0 0 6 * * M",
        ),
        # Steps that .NET reads and NCrontab makes 1 of, zeros before a number, a line that ends.
        *("*/0 * * * * *", "*/-5 * * * * *", "*/+5 * * * * *", "00 007 6 * * *", "0 0 6 * * 1\n"),
        # It never comes, and is a schedule.
        "0 0 0 31 2 *",
        *("00:30:00", "23:59", "1.00:00:00", "6", " -00:05:00.5 ", "1:02:03:04.5", "00:00:.5"),
        # 24 days.
        "24:00:00",
        *("%SCHEDULE%", "0 %MINUTE% * * * *"),
    ],
)
def test_what_the_host_reads_is_a_schedule(schedule: str) -> None:
    assert explain_schedule(schedule) == ""


@pytest.mark.parametrize(
    ("schedule", "problem"),
    [
        ("", "it has 0 fields, and not six, or five"),
        ("@daily", "it has 1 field, and not six, or five"),
        ("every night", "it has 2 fields, and not six, or five"),
        ("0 6 * *", "it has 4 fields, and not six, or five"),
        # As Quartz has it, with a year.
        ("0 0 6 * * ? *", "it has 7 fields, and not six, or five"),
        ("0\t0\t6\t*\t*\t*", "it has 1 field, and not six, or five"),
        ("24:00", "it has 1 field, and not six, or five"),
        ("00:90:00", "it has 1 field, and not six, or five"),
        ("60 0 6 * * *", "'60' is no second: 0 to 59"),
        ("60 6 * * *", "'60' is no minute: 0 to 59"),
        ("0 0 24 * * *", "'24' is no hour: 0 to 23"),
        ("0 0 6 0 * *", "'0' is no day: 1 to 31"),
        ("0 0 6 ? * *", "'?' is no day: 1 to 31"),
        ("0 0 6 L * *", "'L' is no day: 1 to 31"),
        ("0 0 6 0/2 * *", "'0/2' is no day: 1 to 31"),
        ("0 0 6 * 13 *", "'13' is no month: 1 to 12, or January to December"),
        ("0 0 6 * * 7", "'7' is no day of the week: 0 to 6, or Sunday to Saturday"),
        ("0 0 6 * * 5#2", "'5#2' is no day of the week: 0 to 6, or Sunday to Saturday"),
        ("0 0 6 * * Mo,Di", "'Di' is no day of the week: 0 to 6, or Sunday to Saturday"),
        ("0 0 6 * * Mons", "'Mons' is no day of the week: 0 to 6, or Sunday to Saturday"),
        ("0 0 20-24 * * *", "'20-24' is no hour: 0 to 23"),
        ("0 0 1-2-3 * * *", "'1-2-3' is no hour: 0 to 23"),
        ("0 0 -3 * * *", "'-3' is no hour: 0 to 23"),
        ("0 0 *-3 * * *", "'*-3' is no hour: 0 to 23"),
        ("0 0 */ * * *", "'*/' is no hour: 0 to 23"),
        ("0 0 /2 * * *", "'/2' is no hour: 0 to 23"),
        ("0 0 */2/2 * * *", "'*/2/2' is no hour: 0 to 23"),
        ("0 0 6, * * *", "'6,' is no hour: 0 to 23"),
        ("0 0 ,6 * * *", "',6' is no hour: 0 to 23"),
        ("٣ * * * * *", "'٣' is no second: 0 to 59"),
    ],
)
def test_what_the_host_does_not_read_is_told_with_its_field(schedule: str, problem: str) -> None:
    assert explain_schedule(schedule) == problem


@given(st.data())
def test_values_lists_ranges_and_steps_within_their_field_are_a_schedule(
    data: st.DataObject,
) -> None:
    parts = []
    for least, most in _RANGES:
        value = st.integers(least, most).map(str)
        ends = st.one_of(value, st.tuples(value, value).map("-".join), st.just("*"))
        item = st.one_of(ends, st.tuples(ends, st.integers(0, 99).map(str)).map("/".join))
        parts.append(",".join(data.draw(st.lists(item, min_size=1, max_size=3))))
    assert explain_schedule(" ".join(parts)) == ""
    assert explain_schedule(" ".join(parts[1:])) == ""


@given(st.text())
def test_any_text_is_a_schedule_or_told(text: str) -> None:
    assert isinstance(explain_schedule(text), str)
