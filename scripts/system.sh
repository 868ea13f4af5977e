#!/usr/bin/env bash
# What the window and its tests want of the system: Qt's libraries, a display without a screen, fonts with
# Chinese, a real browser for the links. On Debian and Ubuntu, as root, they are installed; else they are named.
set -euo pipefail

[ "$(uname -s)" = Linux ] || exit 0

packages=(xvfb xauth libegl1 libgl1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0
    libxcb-image0 libxcb-render-util0 libxcb-xinerama0 libdbus-1-3 libpulse0 libasound2 fonts-noto-cjk xdg-utils
    desktop-file-utils dbus-daemon chromium chromium-driver)

there() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q '^install ok installed'; }

if command -v dpkg-query >/dev/null; then
    missing=() known=()
    for package in "${packages[@]}"; do
        # Newer releases have some of them under a name with t64.
        there "$package" || there "${package}t64" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || exit 0
    if [ "$(id -u)" = 0 ]; then
        printf 'system: installing %s\n' "${missing[*]}"
        apt-get update -qq || true # an old list of packages may still do
        for package in "${missing[@]}"; do
            # A name that a release does not know is told by the test that wants it.
            apt-cache show "$package" >/dev/null 2>&1 && known+=("$package") || true
        done
        DEBIAN_FRONTEND=noninteractive apt-get install -o DPkg::Lock::Timeout=300 -y -qq --no-install-recommends "${known[@]}" >/dev/null
    else
        printf 'system: the tests of the window want these packages:\n  sudo apt-get install --no-install-recommends %s\n' \
            "${missing[*]}" >&2
        exit 1
    fi
else
    for program in Xvfb chromium chromedriver xdg-mime; do
        command -v "$program" >/dev/null || missing_programs="${missing_programs:-} $program"
    done
    if [ -n "${missing_programs:-}" ]; then
        printf 'system: the tests of the window want these programs:%s\nand the libraries that Qt 6 wants of X11 (xcb).\n' \
            "$missing_programs" >&2
        exit 1
    fi
fi
