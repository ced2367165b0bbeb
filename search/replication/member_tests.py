"""Tests of a sweep's members, and the verdict on the sweep that takes them into account."""

from search.front.front import Front
from search.front.names import point_name
from search.front.point import Point
from search.replication.results import member_tests, results_of
from search.replication.test_record import RecordedTest
from search.sweep.sweep import Sweep
from search.verdict.subject import Difference, MemberTest, subject_of
from search.verdict.verdict import Verdict, verdict


def tests_of_members(sweep: Sweep) -> dict[str, MemberTest]:
    """Return the tests of the members of a sweep's front, by their names.

    Raises:
        StorageError: the record of tests cannot be read.
    """
    recorded = _recorded(sweep, sweep.front())
    if not recorded:
        return {}
    results = results_of(sweep)
    assert results is not None
    rows = {}
    for point, tests in recorded:
        about = results.of_member(tests[-1].name)
        metrics = {name: row for name, row in about["metrics"].items() if row["mean"] is not None}
        rows[point_name(point)] = MemberTest(
            time=tests[-1].time,
            seeds=sum(len(test.seeds) for test in tests),
            baseline=about["baseline"],
            means={name: row["mean"] for name, row in metrics.items()},
            differences={
                name: Difference(row["difference"], row["difference_low"], row["difference_high"])
                for name, row in metrics.items()
                if row["difference"] is not None
            },
        )
    return rows


def verdict_on(sweep: Sweep) -> Verdict:
    """Return the verdict on a sweep, with the tests of its members.

    Raises:
        StorageError: the record of tests cannot be read.
    """
    return verdict(sweep.front(), subject_of(sweep, tests_of_members(sweep)))


def _recorded(sweep: Sweep, front: Front) -> list[tuple[Point, list[RecordedTest]]]:
    pairs = [(point, member_tests(sweep, point)) for point in front.members]
    return [(point, tests) for point, tests in pairs if tests]
