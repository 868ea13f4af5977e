#!/usr/bin/env bash
# The project's environment: .venv from requirements-dev.lock (every file checked against its hash), with
# Reelkey itself in it, editable. A stamp keeps what it was made from: a second run is quick, a changed lock
# or pyproject.toml renews it. Needs Python 3.11 or newer and the network, nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv
stamp=$venv/.made-from
lock=requirements-dev.lock

say() { printf 'env: %s\n' "$*"; }

give_up() {
    printf 'env: %s\n' "$@" >&2
    exit 1
}

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

has_venv() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# The first Python that is new enough; one that can make environments goes before one that can't.
find_python() {
    local candidate first=
    for candidate in ${PYTHON:-} python3.11 python3.12 python3.13 python3.14 python3 python; do
        if fits "$candidate"; then
            if has_venv "$candidate"; then
                printf '%s' "$candidate"
                return
            fi
            first=${first:-$candidate}
        fi
    done
    printf '%s' "$first"
}

# Debian ships venv apart from Python.
install_venv_module() {
    local package
    package="python$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "$1 can't make environments yet: installing $package"
        apt-get update -qq || true # an old list of packages may still do
        DEBIAN_FRONTEND=noninteractive apt-get install -o DPkg::Lock::Timeout=300 \
            -y -qq --no-install-recommends "$package" >/dev/null ||
            DEBIAN_FRONTEND=noninteractive apt-get install -o DPkg::Lock::Timeout=300 \
                -y -qq --no-install-recommends python3-venv >/dev/null ||
            true
    fi
    has_venv "$1" || give_up "$1 can't make environments (its venv module is missing)." \
        "Install it, then run this again. On Debian and Ubuntu: sudo apt-get install $package"
}

made_from() {
    printf '%s %s\n' "$(cat $lock pyproject.toml scripts/env.sh | cksum)" "$PWD"
}

make_venv() {
    local python
    python=$(find_python)
    [ -n "$python" ] || give_up "Python 3.11 or newer is needed, and none was found." \
        "Install one, or name it: make PYTHON=/path/to/python3 env"
    has_venv "$python" || install_venv_module "$python"
    say "making $venv with $("$python" --version)"
    rm -rf "$venv"
    "$python" -m venv "$venv"
}

# uv, as the lock has it: it unpacks all packages in a tenth of the time that pip takes.
install_uv() {
    awk '/^uv==/ { found = 1 } found { print } found && !/\\$/ { exit }' $lock >$venv/uv.txt
    [ -s $venv/uv.txt ] && $venv/bin/python -m pip install --disable-pip-version-check --no-input --quiet \
        --no-deps --require-hashes -r $venv/uv.txt
}

# Where uv can't (it does not read what pip is told of mirrors), pip does it, and compiles everything, too.
install_packages() {
    say "installing what $lock lists (a minute where nothing is cached)"
    if ! { install_uv && VIRTUAL_ENV=$PWD/$venv $venv/bin/uv pip install --system-certs --quiet --require-hashes -r $lock; }; then
        say "once more, with pip"
        $venv/bin/python -m pip install --disable-pip-version-check --no-input --quiet --require-hashes -r $lock
    fi
    $venv/bin/python -m pip install --disable-pip-version-check --no-input --quiet \
        --no-deps --no-build-isolation --editable .
}

# Bytecode of what the program loads, so that its first start is as quick as later ones.
warm_up() {
    PYTHONDONTWRITEBYTECODE='' $venv/bin/python -c 'import app.cli.main' >/dev/null 2>&1 || true
    PYTHONDONTWRITEBYTECODE='' $venv/bin/python -c 'import app.ui.main' >/dev/null 2>&1 || true
}

if [ -f $stamp ] && [ "$(cat $stamp)" = "$(made_from)" ] && fits $venv/bin/python; then
    exit 0
fi
# Scripts in an environment hold its path: one that was moved is made anew.
if ! fits $venv/bin/python || { [ -f $stamp ] && ! grep -qF " $PWD" $stamp; }; then
    make_venv
fi
rm -f $stamp
install_packages
warm_up
made_from >$stamp
say "ready: $venv/bin/reelkey"
