#!/bin/sh
# The demo from a fresh machine: installs the server that it needs, builds the tool, and runs `mirrored-mysql demo`.
#
#   src/demo.sh [--seconds 10] [--workers 4] [--server mariadb|mysql] [--kill primary|standby]
#
# Needs the .NET SDK; whatever else is missing comes from Debian's packages. Only the demo writes to standard output.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/src/launch.sh"
launch demo "$root/src/MirroredMySql.Tool" demo -- "$@"
