"""Run seeds: `python -m tests.simulation SEED [LAST]`. One seed tells its story; a failing one says how to play it."""

import sys
from collections import Counter
from time import process_time

from tests.simulation.story import Failed, tell_each


def main(first: int, last: int) -> int:
    """Run these seeds; how many failed."""
    failed = 0
    answers, troubles, began = Counter[str](), Counter[str](), process_time()
    for told in tell_each(range(first, last + 1)):
        if isinstance(told, Failed):
            failed += 1
            print(told)
            continue
        answers.update(told.answers)
        troubles.update(told.troubles)
        if first == last:
            print(*told.lines, f"{told.recorded} facts, root {told.root}", sep="\n")
    seconds = process_time() - began
    many = last - first + 1
    print(f"{many} seeds in {seconds:.1f} s of processor time, {many / seconds * 60:.0f} a minute; failed: {failed}")
    print(f"answers {dict(answers)}\ntroubles {dict(troubles)}")
    return failed


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    sys.exit(bool(main(given[0], given[-1])))
