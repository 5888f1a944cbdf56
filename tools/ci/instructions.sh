#!/usr/bin/env bash
# Counts the instructions of `ce explain` under callgrind, and compares them with ceilings: counts hold on a busy machine,
# where times do not. It measures no time. Where valgrind is missing it says so and leaves.
#
#     tools/ci/instructions.sh
#
# Ceilings are what was counted plus a tenth, on x86-64 Linux with the compiler of the root manifest. One that is exceeded for
# a good reason is raised here, in the commit that exceeds it, with that reason.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! command -v valgrind > /dev/null; then
    echo "instructions: SKIPPED, valgrind is not installed: apt-get install valgrind"
    exit 0
fi
cargo build --release --locked --quiet -p ce-host --bin ce
ce="${CARGO_TARGET_DIR:-target}/release/ce"
data=examples/data/breast_cancer
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The first N rows of the test data, and the calibration data N times over: each time a little larger, or equal rows would
# be pooled.
rows() { head -n "$(($1 + 1))" "$data/test.csv" > "$scratch/rows-$1.csv"; }
calibration() {
    head -n 1 "$data/calibration.csv" > "$scratch/calibration-$1.csv"
    for copy in $(seq "$1"); do
        tail -n +2 "$data/calibration.csv" | awk -F, -v OFS=, -v copy="$copy" \
            '{ for (i = 1; i <= NF; i++) if ($i ~ /^[0-9.]+$/) $i = $i * (1 + 0.004 * (copy - 1)); print }'
    done >> "$scratch/calibration-$1.csv"
}

# count MODE ROWS CALIBRATION: instructions of one process.
count() {
    HOME="$scratch" valgrind --tool=callgrind --callgrind-out-file=/dev/null "$ce" explain --mode "$1" \
        --model "$data/model.json" --calibration "$scratch/calibration-$3.csv" --target diagnosis \
        --data "$scratch/rows-$2.csv" --threads 1 --output "$scratch/out.json" 2>&1 |
        awk '/Collected *:/ { print $NF }'
}

failed=0
# at_most WHAT FOUND LIMIT
at_most() {
    if awk -v found="$2" -v limit="$3" 'BEGIN { exit !(found != "" && found <= limit) }'; then
        echo "instructions: $1: $2, at most $3"
    else
        echo "instructions: $1: ${2:-nothing counted}, EXPECTED at most $3"
        failed=1
    fi
}

for n in 25 50 100; do rows $n; done
for times in 1 8; do calibration $times; done

for mode in factual alternative; do
    whole=$(count $mode 100 1)
    half=$(count $mode 50 1)
    quarter=$(count $mode 25 1)
    case $mode in
        factual) at_most "factual, 100 rows" "$whole" 130000000 ;;
        alternative) at_most "alternative, 100 rows" "$whole" 160000000 ;;
    esac
    # Linear in the instances: what fifty more cost is twice what twenty-five more cost.
    at_most "$mode: fifty more instances over twenty-five more" \
        "$(awk -v a="$whole" -v b="$half" -v c="$quarter" 'BEGIN { printf "%.3f", (a - b) / (b - c) }')" 2.3
    # Logarithmic in the calibration rows: explaining fifty more costs little more with eight times as many.
    many=$(($(count $mode 100 8) - $(count $mode 50 8)))
    at_most "$mode: fifty instances, eight times the calibration rows over once" \
        "$(awk -v a="$many" -v b="$((whole - half))" 'BEGIN { printf "%.3f", a / b }')" 1.3
done
exit $failed
