"""Runs the end-to-end tests: a real server, real SIP peers (SIPp, baresip), real files.

  run.py --build build/release [--quick] [--count FILE] [NAME ...]
"""
import argparse
import os
import sys
import time
import unittest
from pathlib import Path

here = Path(__file__).parent
sys.path.insert(0, str(here))


class Result(unittest.TextTestResult):
    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()

    def addSuccess(self, test):
        super().addSuccess(test)
        print("ok   %-60s %5.1f s" % (test.id(), time.monotonic() - self.began), flush=True)

    def addFailure(self, test, problem):
        super().addFailure(test, problem)
        print("FAIL %s" % test.id(), flush=True)

    def addError(self, test, problem):
        super().addError(test, problem)
        print("FAIL %s" % test.id(), flush=True)


def all_tests(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from all_tests(test)
        else:
            yield test


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--count")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("names", nargs="*", help="only tests whose id contains one of these")
    arguments = parser.parse_args()
    os.environ["FIRSTRING_BUILD"] = str(Path(arguments.build).resolve())
    found = unittest.defaultTestLoader.discover(str(here), pattern="test_*.py",
                                                top_level_dir=str(here))
    suite = unittest.TestSuite()
    for test in all_tests(found):
        slow = getattr(getattr(test, test._testMethodName, None), "slow", False)
        if arguments.quick and slow:
            continue
        if arguments.names and not any(name in test.id() for name in arguments.names):
            continue
        suite.addTest(test)
    result = unittest.TextTestRunner(resultclass=Result, verbosity=0, stream=sys.stdout).run(suite)
    failed = len(result.failures) + len(result.errors)
    passed = result.testsRun - failed - len(result.skipped)
    if arguments.count:
        Path(arguments.count).write_text("%d %d\n" % (passed, failed))
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
