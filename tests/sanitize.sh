#!/bin/sh
# Runs the stress script, and whatever scripts are named, under ThreadSanitizer or AddressSanitizer.
#
#     tests/sanitize.sh thread|address [SECONDS [SCRIPT ...]]
#
# It needs a nightly toolchain. Handlers return to a loop (feature `trampoline`), since sanitizers break the jump
# from one to the next. The build goes to a folder of its own, target/SANITIZER. Races that are meant to be are listed
# in tests/tsan.supp, each with its reason. The exit status is not 0 if a sanitizer found something.
set -eu
cd "$(dirname "$0")/.."
kind=${1:?thread or address}
seconds=${2:-5}
[ $# -ge 2 ] && shift 2 || shift
host=$(rustc +nightly -vV | sed -n 's/^host: //p')

RUSTFLAGS="-Zsanitizer=$kind -Cunsafe-allow-abi-mismatch=sanitizer" CARGO_PROFILE_DEV_OPT_LEVEL=1 \
    cargo +nightly build --target "$host" --target-dir "target/$kind" --features trampoline
ungil=target/$kind/$host/debug/ungil

export TSAN_OPTIONS="suppressions=$PWD/tests/tsan.supp exitcode=66 history_size=4 ${TSAN_OPTIONS:-}"
# What lives until the end of the process is not freed there.
export ASAN_OPTIONS="detect_leaks=0 ${ASAN_OPTIONS:-}"

status=0
for mode in --gil=off --gil=on "--gil=off --refcount=naive"; do
    echo "== $kind sanitizer, $mode"
    # shellcheck disable=SC2086
    "$ungil" $mode tests/stress.py "$seconds" 1 || { code=$?; [ $code -eq 3 ] || status=$code; }
done
for script in "$@"; do
    echo "== $kind sanitizer, $script"
    "$ungil" --gil=off "$script" || status=$?
done
exit $status
