#!/bin/sh
# Several processes write at random through the mirror, on private servers; then both nodes are compared:
#
#   test/chaos.sh [--seconds 60] [--processes 4] [--workers 8] [--seed S] [--server mariadb|mysql] [--only insert,ddl] [--except uuid]
#
# Fails on a difference that the mirror has not announced, and on an error that must not happen. `--help` tells all options.
#
#   test/chaos.sh --faults [--seconds 60] [--only-faults server,network.late] [--except-faults lead] [--partitions]
#
# Meanwhile kills and stops servers, spoils the network before them, kills and freezes clients and has the lead changed, and then looks for
# every write that was acknowledged. `--no-faults` is the same without a fault. The last line of standard output is the only one there that
# begins with `chaos:`.
#
# The driver is MySql.Data, or the one that the environment variable MySqlDriver names.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/src/launch.sh"
launch chaos "$root/test/MirroredMySql.Chaos" -- "$@"
