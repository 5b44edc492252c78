"""Runs the checks of one service: run.py SERVICE ENDPOINT ACCOUNTS, the accounts as JSON."""

import importlib
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import World  # noqa: E402

if __name__ == "__main__":
    service, endpoint, accounts = sys.argv[1:4]
    world = World(endpoint, json.loads(accounts))
    with world.check("every check was reached"):
        importlib.import_module(f"checks.{service}").run(world)
