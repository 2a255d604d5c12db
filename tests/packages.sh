#!/bin/bash
# Pure-Python packages from PyPI, as users bring them: each is imported and does its main job, and prints what it
# prints with CPython. By hand: it needs CPython 3.14, the network and a pip of any version.
#
#     tests/packages.sh UNGIL PYTHON3.14 [NAME ...]
#
# NAMEs are scripts of tests/packages/ (all of them without a NAME). The packages go to a folder below the cache.
set -uo pipefail
[ $# -ge 2 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
ungil=$(realpath "$1") python=$(realpath "$2")
shift 2
folder=${XDG_CACHE_HOME:-$HOME/.cache}/ungil-packages
packages='attrs click jinja2 pluggy pytest rich pyyaml tomli sympy mpmath networkx hypothesis<6.140'
if [ ! -e "$folder/complete" ]; then
    # Compiled speed-ups are for CPython; every one of these packages also works without.
    PIP_NO_BINARY='' python3 -m pip install --quiet --target "$folder" $packages || exit 1
    find "$folder" -name '*.so' -delete
    touch "$folder/complete"
fi
unset PYTHONDONTWRITEBYTECODE
export PYTHONPATH=$folder PYTHONHASHSEED=0 LC_ALL=C.UTF-8 COLUMNS=80 TERM=dumb PY_COLORS=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ $# -gt 0 ] || set -- $(cd "$here/packages" && ls *.py | sed 's/\.py$//')

# What differs from run to run: times, addresses.
steady() {
    sed -E 's/in [0-9.]+s( |$)/in TIME\1/; s/0x[0-9a-f]{6,}/0xADDRESS/g; s/^(platform .* Python )[0-9.]+/\1VERSION/'
}

passed=0 failed=0
for name; do
    command=("$here/packages/$name.py")
    [[ $name != test_* ]] || command=(-m pytest -q -p no:cacheprovider "$here/packages/$name.py")
    mkdir -p "$work/run"
    (cd "$work/run" && timeout 600 "$python" "${command[@]}" 2>&1) | steady > "$work/wanted"
    begun=$SECONDS
    (cd "$work/run" && timeout 600 "$ungil" "${command[@]}" 2>&1) | steady > "$work/printed"
    if diff "$work/wanted" "$work/printed" > "$work/diff"; then
        passed=$((passed + 1))
        echo "ok     $name ($((SECONDS - begun)) s)"
    else
        failed=$((failed + 1))
        echo "FAILED $name"
        head -${LINES_OF_DIFF:-20} "$work/diff" | sed 's/^/       /'
    fi
    rm -rf "$work/run"
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
