"""The long version of tests/api/test_schemathesis.py: hundreds of requests to each operation, over the samples.

    .venv/bin/python -m benchmarks.schemathesis [--examples 300]

Prints one line for each operation; exits with the number of those that failed, or did not do as they are described.
"""

import argparse
import sys
import time
from collections.abc import Mapping

from schemathesis.core.failures import FailureGroup
from sqlalchemy import Engine

from aim.access.principal import Access
from aim.access.roles import Role
from aim.api.app import create_app
from aim.db import cluster
from aim.db.engine import make_engine
from aim.settings import Settings
from benchmarks.chaos.stage import throw_away
from tests.api.fuzzing import Operation, attack, operations
from tests.keys import bearer, new_key


def one(operation: Operation, examples: int, askers: Mapping[str, Mapping[str, str]]) -> bool:
    """Attack an operation as each of those who ask, and tell how it went."""
    begun = time.perf_counter()
    for asker, headers in askers.items():
        try:
            attack(operation, examples, headers)
        except FailureGroup as failure:
            print(f"{operation.label}, asked by {asker}: {failure}", flush=True)
            return False
    print(f"{operation.label}: as described, {time.perf_counter() - begun:.1f} s", flush=True)
    return True


def keys(engine: Engine) -> dict[str, dict[str, str]]:
    """What who may most and who may least send along."""
    return {role.value: bearer(new_key(engine, Access(role))) for role in (Role.ADMINISTRATOR, Role.VIEWER)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=300)
    options = parser.parse_args()
    with throw_away() as home:
        engine = make_engine(cluster.url(home))
        app, askers = create_app(engine, Settings(home=home, requests_per_second=0)), keys(engine)
        known = {"collectionId": ["all-crime"], "feed": ["lfb-incidents"], "method": ["gi_star"]}
        attacked = operations(app, askers[Role.ADMINISTRATOR], known)
        done = [one(operation, options.examples, askers) for operation in attacked]
    print(f"{sum(done)} of {len(done)} operations did as they are described")
    sys.exit(len(done) - sum(done))


if __name__ == "__main__":
    main()
