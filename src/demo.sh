#!/bin/sh
# The demo from a fresh machine: installs the server that it needs, builds the tool, and runs `mirrored-mysql demo`.
#
#   src/demo.sh [--seconds 10] [--workers 4] [--server mariadb|mysql] [--kill primary|standby]
#
# Needs the .NET SDK; whatever else is missing comes from Debian's packages. Only the demo writes to standard output.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
tool=$here/MirroredMySql.Tool

fail() {
  echo "demo: $*" >&2
  exit 1
}

# What to install hangs on this one option; the tool itself looks at all of them.
wanted_server() {
  wanted=mariadb
  before=
  for argument; do
    case $argument in
      --server=*) wanted=${argument#--server=} ;;
      *) [ "$before" != --server ] || wanted=$argument ;;
    esac
    before=$argument
  done
  echo "$wanted"
}

build() {
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  trap 'exit 1' HUP INT TERM
  echo "demo: building" >&2
  dotnet build "$tool" --configuration Release --nologo --verbosity quiet >"$log" 2>&1 || { cat "$log" >&2; fail "the build failed"; }
  rm -f "$log"
  trap - EXIT HUP INT TERM
}

command -v dotnet >/dev/null || fail "needs the .NET SDK 10 or later, see https://dot.net"
export DOTNET_NOLOGO=1

server=$(wanted_server "$@")
case $server in
  mariadb | mysql) "$here/../test/install-servers.sh" "$server" >&2 ;;
  *) ;; # The tool says what is wrong with it.
esac
build
program=$(dotnet msbuild "$tool" -getProperty:TargetPath -property:Configuration=Release)
exec dotnet "$program" demo "$@"
