#!/usr/bin/env bash
# Measures Firstring and Asterisk 22 in turn on this machine and writes build/bench/results.json and
# results.md, a table with the ratios. Server on core 0, load on core 1, loopback only. As root
# (chroot, priority); nothing else should run meanwhile. What is measured: bench/README.md.
#   bench/peers.sh               all tests, three confirming runs each: about an hour
#   bench/peers.sh --quick       short runs, one of each: about a quarter of an hour
#   --tests a,b,c,d,e,backlog,overload,age   only these
#   --only firstring|asterisk    only this server; what is known of the other is kept
#   --resume                     leave out what results.json has; start again what failed
#   --table                      print the table of results.json, measure nothing
#   --build FOLDER               Firstring's build (default build/release; built if need be)
#   --root FOLDER                Asterisk's root (default build/bench/asterisk; made if need be)
#   --out FOLDER                 where results lie (default build/bench)
#   --lock FILE                  hold this lock during every run
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
build=$top/build/release root=$top/build/bench/asterisk out=$top/build/bench
only="" table="" rest=()
while [ $# -gt 0 ]; do
  case $1 in
    --build) build=$2; shift 2 ;;
    --root) root=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --only) only=$2; rest+=("$1" "$2"); shift 2 ;;
    --table) table=1; rest+=("$1"); shift ;;
    --quick | --resume) rest+=("$1"); shift ;;
    --tests | --lock) rest+=("$1" "$2"); shift 2 ;;
    *) sed -n '2,16s/^# \{0,1\}//p' "$0"; exit 2 ;;
  esac
done

build_firstring() {
  [ -f "$build/build.ninja" ] || cmake -S "$top" -B "$build" -G Ninja -DBUILD_TESTING=OFF
  cmake --build "$build" --target firstringd firstring_load
}

# Asterisk 22 is in Debian's sid: a system of its own in a folder, some 600 MB.
make_root() {
  [ -x "$root/usr/sbin/asterisk" ] && return 0
  [ "$(id -u)" -eq 0 ] || { echo "Asterisk's root is made as root" >&2; return 1; }
  command -v debootstrap >/dev/null || { echo "apt-get install debootstrap" >&2; return 1; }
  rm -rf "$root.new"
  debootstrap --variant=minbase --include=asterisk sid "$root.new" http://deb.debian.org/debian
  mv "$root.new" "$root"
}

if [ -z "$table" ]; then
  mkdir -p "$out"
  build_firstring >"$out/build.log" 2>&1 || { tail -n 30 "$out/build.log" >&2; exit 1; }
  if [ "$only" != firstring ]; then
    make_root >"$out/asterisk-root.log" 2>&1 || { tail -n 30 "$out/asterisk-root.log" >&2; exit 1; }
  fi
  command -v taskset >/dev/null || { echo "taskset is missing: util-linux" >&2; exit 1; }
fi
exec /usr/bin/python3 -B "$top/bench/peers/compare.py" --build "$build" --root "$root" \
  --out "$out" "${rest[@]}"
