#!/usr/bin/env bash
# Runs every fuzz target of a build for some seconds, two at a time; a crash, a leak or a hang fails it.
#   tools/fuzz_all.sh BUILD_FOLDER SECONDS COUNT_FILE
set -u
build=$1 seconds=$2 count_file=$3
root=$(cd "$(dirname "$0")/.." && pwd)
export root seconds

one() {
  local target=$1 name
  name=$(basename "$1")
  local work
  work=$(mktemp -d)
  local seeds=("$work/corpus")
  mkdir "$work/corpus"
  [ -d "$root/fuzz/corpus/${name#fuzz_}" ] && seeds+=("$root/fuzz/corpus/${name#fuzz_}")
  local dictionary=$root/fuzz/${name#fuzz_}.dict
  local options=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1
    -artifact_prefix="$work/")
  [ -f "$dictionary" ] && options+=(-dict="$dictionary")
  if "$target" "${options[@]}" "${seeds[@]}" >"$work/log" 2>&1 &&
     grep -q 'stat::number_of_executed_units: [1-9]' "$work/log"; then
    echo "ok $name $(sed -n 's/stat::number_of_executed_units: //p' "$work/log") inputs"
    rm -rf "$work"
  else
    echo "FAILED $name; log and input are in $work"
    tail -n 40 "$work/log"
  fi
}
export -f one

out=$(find "$build" -type f -name 'fuzz_*' -executable | sort |
  xargs -P 2 -I TARGET bash -c 'one TARGET')
echo "$out"
passed=$(grep -c '^ok ' <<<"$out")
failed=$(grep -c '^FAILED ' <<<"$out")
[ $((passed + failed)) -gt 0 ] && echo "$passed $failed" >"$count_file"
