#!/usr/bin/env bash
# Breaks one rule of the protocol after the other, as the patches in test/mutations say, and runs the chaos test until it notices:
#
#   test/mutations.sh [--server mariadb|mysql] [--seconds 30] [--runs 6] [NAME …]
#
# Each run has another seed, the same for every patch. Prints how long each took to be found, by the clock: with the start of the servers,
# the healing and the comparison of every run; and which promises were seen broken, because it is found only where they are those that the
# patch breaks. Fails where one was not found, and where a run broke off instead of judging.
# The last run's output of each is kept in the folder that the first line names.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

server=mariadb seconds=30 runs=6
while [ $# -gt 0 ]; do
  case $1 in
    --server) server=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --runs) runs=$2; shift 2 ;;
    --*) echo "mutations: unknown option $1; see the head of $0" >&2; exit 2 ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || set -- $(basename -s .patch test/mutations/*.patch)
for name; do
  [ -f "test/mutations/$name.patch" ] || { echo "mutations: there is no test/mutations/$name.patch" >&2; exit 2; }
done

work=$(mktemp -d)
echo "mutations: in $work"
test/install-servers.sh "$server" > /dev/null

# What is committed, in one tree that is broken and mended again, so that only what a patch touches is built anew.
tree=$work/tree
mkdir "$tree"
trap 'rm -rf "$tree"' EXIT
git archive HEAD | tar -x -C "$tree"
git -C "$tree" init -q
program=$(cd "$tree" && dotnet msbuild test/MirroredMySql.Chaos -getProperty:TargetPath -property:Configuration=Release)

# Builds the tree, broken as a patch says, and runs it; sets `failed` to the first seed that failed, and `took` to the seconds.
run() {
  local name=$1 log=$work/$1.log patch=$PWD/test/mutations/$1.patch began
  [ "$name" = unbroken ] || git -C "$tree" apply "$patch"
  (cd "$tree" && dotnet build test/MirroredMySql.Chaos -c Release --nologo -v quiet -maxcpucount:2 > "$log" 2>&1) || { cat "$log"; exit 1; }
  failed=
  began=$(date +%s)
  for seed in $(seq "$runs"); do
    dotnet "$program" --faults --seconds "$seconds" --seed "$seed" --server "$server" --processes 2 --workers 4 > "$log" 2>&1 && continue
    case $(tail -n 1 "$log") in
      'chaos: FAILED'*) failed=$seed; break ;;
      *) echo "mutations: the run of $name with seed $seed broke off; see $log" >&2; exit 1 ;;
    esac
  done
  took=$(($(date +%s) - began))
  [ "$name" = unbroken ] || git -C "$tree" apply --reverse "$patch"
}

# What the last run of a patch has found, in one short line.
violations() {
  sed -n 's/^VIOLATED: //p' "$work/$1.log" | paste -s -d ';' | cut -c1-200
}

run unbroken
if [ -n "$failed" ]; then
  echo "mutations: the code as it is fails with seed $failed, so that no failure would prove anything; see $work/unbroken.log" >&2
  exit 1
fi
missed=0
for name; do
  run "$name"
  if [ -n "$failed" ]; then
    echo "$name: found after $took s, by seed $failed: $(violations "$name")"
  else
    echo "$name: not found in $took s"
    missed=1
  fi
done
exit "$missed"
