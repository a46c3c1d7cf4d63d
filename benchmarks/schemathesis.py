"""The long version of tests/api/test_schemathesis.py: hundreds of requests to each operation, over the samples.

    .venv/bin/python -m benchmarks.schemathesis [--examples 300]

Prints one line for each operation; exits with the number of those that failed, or did not do as they are described.
"""

import argparse
import sys
import time

from schemathesis.core.failures import FailureGroup

from aim.api.app import create_app
from aim.db import cluster
from aim.db.engine import make_engine
from aim.settings import Settings
from benchmarks.chaos.stage import throw_away
from tests.api.fuzzing import Operation, attack, operations


def one(operation: Operation, examples: int) -> bool:
    """Attack an operation, and tell how it went."""
    begun = time.perf_counter()
    try:
        attack(operation, examples)
    except FailureGroup as failure:
        print(f"{operation.label}: {failure}", flush=True)
        return False
    print(f"{operation.label}: as described, {time.perf_counter() - begun:.1f} s", flush=True)
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=300)
    options = parser.parse_args()
    with throw_away() as home:
        app = create_app(make_engine(cluster.url(home)), Settings(requests_per_second=0))
        known = {"collectionId": ["all-crime"], "feed": ["lfb-incidents"], "method": ["gi_star"]}
        done = [one(operation, options.examples) for operation in operations(app, known)]
    print(f"{sum(done)} of {len(done)} operations did as they are described")
    sys.exit(len(done) - sum(done))


if __name__ == "__main__":
    main()
