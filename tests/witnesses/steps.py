"""What all witnesses say: one line a step, and a count at the end."""

import sys
import traceback


class Steps:
    """Counts steps; a failed one does not stop the others."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def ok(self, step):
        self.passed += 1
        print(f"ok {step}")

    def fail(self, step, problem):
        self.failed += 1
        print(f"FAILED {step}: {' '.join(str(problem).split())}")

    def run(self, step, action):
        """Runs an action that returns something or raises; its result, or None."""
        try:
            result = action()
        except Exception as error:  # noqa: BLE001 - whatever a client raises is the finding
            where = traceback.extract_tb(error.__traceback__)[-1]
            self.fail(step, f"{type(error).__name__}: {error} (at {where.name}:{where.lineno})")
            return None
        self.ok(step)
        return result

    def end(self, about):
        """Prints the count and ends the program."""
        print(f"{self.passed} passed, {self.failed} failed: {about}")
        sys.exit(1 if self.failed or not self.passed else 0)


def expect(condition, problem):
    """Raises with a problem unless a condition holds."""
    if not condition:
        raise AssertionError(problem)
