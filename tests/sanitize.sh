#!/bin/sh
# Runs the stress script, and scripts, under ThreadSanitizer or AddressSanitizer.
#
#     tests/sanitize.sh thread|address [SECONDS [SCRIPT ...]]
#
# The scripts are those of tests/scripts, unless some are named; ThreadSanitizer takes the folder `threads` only.
# It needs a nightly toolchain. Handlers return to a loop (feature `trampoline`), since sanitizers break the jump
# from one to the next. The build goes to a folder of its own, target/SANITIZER (or below $SANITIZE_TARGET). Races that
# are meant to be are listed in tests/tsan.supp, each with its reason. The exit status is 1 if a sanitizer found
# something or the stress script did: what else scripts end with is for tests/scripts.rs to judge.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
kind=${1:?thread or address}
seconds=${2:-5}
[ $# -ge 2 ] && shift 2 || shift
host=$(rustc +nightly -vV | sed -n 's/^host: //p')
target=${SANITIZE_TARGET:-target}/$kind

RUSTFLAGS="-Zsanitizer=$kind -Cunsafe-allow-abi-mismatch=sanitizer" CARGO_PROFILE_DEV_OPT_LEVEL=1 \
    cargo +nightly build --target "$host" --target-dir "$target" --features trampoline
ungil=$(realpath "$target/$host/debug/ungil")

# The status of a process in which a sanitizer has found something.
found=66
export TSAN_OPTIONS="suppressions=$root/tests/tsan.supp exitcode=$found history_size=4 ${TSAN_OPTIONS:-}"
# What lives until the end of the process is not freed there. A request for absurd sizes fails, as the system's does.
export ASAN_OPTIONS="detect_leaks=0 allocator_may_return_null=1 exitcode=$found ${ASAN_OPTIONS:-}"

status=0
for mode in --gil=off --gil=on "--gil=off --refcount=naive"; do
    echo "== $kind sanitizer, stress.py, $mode"
    # Lost counts are reported, with status 3.
    # shellcheck disable=SC2086
    "$ungil" $mode tests/stress.py "$seconds" 1 || { [ $? -eq 3 ] || status=1; }
done

case $#:$kind in
0:address) set -- tests/scripts/*/*.py ;;
0:*) set -- tests/scripts/threads/*.py ;;
esac
for script in "$@"; do
    name=$(basename "$script" .py)
    case $name in lib_*) continue ;; esac
    folder=$(realpath "$(dirname "$script")")
    input=$folder/$name.in
    [ -e "$input" ] || input=/dev/null
    arguments=$(cat "$folder/$name.args" 2>/dev/null || true)
    for mode in --gil=on --gil=off; do
        code=0
        # shellcheck disable=SC2086
        (cd "$folder" && timeout 300 "$ungil" $mode "$name.py" $arguments) <"$input" >/dev/null 2>"$target/report" || code=$?
        # The report may be a child's.
        if [ $code -eq $found ] || grep -q 'Sanitizer' "$target/report"; then
            echo "== $kind sanitizer, $script, $mode"
            cat "$target/report"
            status=1
        fi
    done
done
exit $status
