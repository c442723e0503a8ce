#!/bin/sh
# Install the system libraries that WeasyPrint loads, and venv where Python lacks it; say what to do where that
# cannot be done. Usage: system.sh PYTHON. Exit 0 when everything is there, 5 when something is missing.
set -u
python=${1:-python3}

fail() {
    printf '%s\n' "$@" >&2
    exit 5
}

command -v "$python" >/dev/null 2>&1 ||
    fail "make: $python is not on the PATH" "  Install Python 3.11 or newer, or name it: make handout PYTHON=/path/to/python3.11"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "make: $("$python" --version 2>&1) is too old; reportgen needs Python 3.11 or newer" \
        "  Name a newer one: make handout PYTHON=python3.11"

has_libraries() {
    "$python" - <<'PY'
import ctypes, sys
names = {
    "linux": ("libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0", "libgobject-2.0.so.0", "libfontconfig.so.1"),
    "darwin": ("libpangoft2-1.0.dylib", "libharfbuzz-subset.dylib", "libgobject-2.0.dylib", "libfontconfig.dylib"),
}
folders = ("", "/opt/homebrew/lib/", "/usr/local/lib/") if sys.platform == "darwin" else ("",)
for name in names.get(sys.platform, ()):
    for folder in folders:
        try:
            ctypes.CDLL(folder + name)
            break
        except OSError:
            pass
    else:
        sys.exit(1)
PY
}
has_venv() { "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; }

packages=""
has_libraries || packages="libpangoft2-1.0-0 libharfbuzz-subset0"
has_venv || packages="$packages python3-venv"
[ -z "$packages" ] && exit 0

if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" -eq 0 ]; then
        root=""
    elif command -v sudo >/dev/null 2>&1; then
        root="sudo"
    else
        root="none"
    fi
    if [ "$root" != none ]; then
        echo "Installing system packages: $packages"
        # shellcheck disable=SC2086
        $root apt-get update -qq && $root apt-get install -y -qq --no-install-recommends $packages >/dev/null
    fi
fi

if ! has_libraries || ! has_venv; then
    fail "make: system packages are missing:$(printf ' %s' $packages)" \
        "  Install them and type the command again:" \
        "    Debian, Ubuntu:  sudo apt-get install libpangoft2-1.0-0 libharfbuzz-subset0 python3-venv" \
        "    Fedora:          sudo dnf install pango harfbuzz python3" \
        "    macOS:           brew install pango harfbuzz python"
fi
