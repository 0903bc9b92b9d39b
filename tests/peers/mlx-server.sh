#!/usr/bin/env bash
# Installs mlx_lm.server under PREFIX: on Linux with MLX's CPU backend, which is the program that runs on Apple
# silicon, only slower.
#
# usage: mlx-server.sh PREFIX
#   afterwards PREFIX/bin/mlx-server takes the arguments of mlx_lm.server, and PREFIX/bin/python has mlx_lm, gguf,
#   numpy and safetensors
#
# Needs: Linux x86-64 or arm64 with glibc 2.35, or macOS on Apple silicon; python3 (3.10 to 3.14) with venv; 360 MB.
set -euo pipefail

fail() { echo "mlx-server.sh: $*" >&2; exit 1; }
[ $# -eq 1 ] && [ "${1#-}" = "$1" ] || { sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2; }

mlx='mlx==0.32.2'
[ "$(uname -s)" = Darwin ] || mlx='mlx[cpu]==0.32.2'
pins="$mlx mlx-lm==0.32.2 gguf==0.19.0"

mkdir -p "$1"
prefix=$(cd "$1" && pwd)
if [ "$(cat "$prefix/INSTALLED" 2>/dev/null)" = "$pins" ] && "$prefix/bin/mlx-server" --help >/dev/null 2>&1; then
  echo "already installed: $pins"
  exit 0
fi
rm -f "$prefix/INSTALLED"
[ -x "$prefix/venv/bin/pip" ] || python3 -m venv "$prefix/venv" || fail 'python3 cannot make a virtual environment'
# shellcheck disable=SC2086  # one word a requirement
"$prefix/venv/bin/pip" install -q --no-cache-dir --disable-pip-version-check $pins || fail 'the packages cannot be installed'

mkdir -p "$prefix/bin" "$prefix/hf/hub"
cat > "$prefix/bin/python" <<'WRAPPER'
#!/bin/sh
root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
exec "$root/venv/bin/python" "$@"
WRAPPER
# Offline, because a request for an id that it does not hold makes the server fetch that model; and with a cache
# folder, because without one it answers a request for its models with nothing at all.
cat > "$prefix/bin/mlx-server" <<'WRAPPER'
#!/bin/sh
root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
export HF_HUB_OFFLINE=1 HF_HUB_DISABLE_TELEMETRY=1 HF_HOME="${HF_HOME:-$root/hf}"
exec "$root/venv/bin/python" -m mlx_lm server "$@"
WRAPPER
chmod +x "$prefix/bin/python" "$prefix/bin/mlx-server"
"$prefix/bin/mlx-server" --help >/dev/null 2>&1 || fail "mlx_lm.server does not start: $("$prefix/bin/mlx-server" --help 2>&1 | tail -1)"
echo "$pins" > "$prefix/INSTALLED"
echo "installed: $pins, $(du -sh "$prefix" | cut -f1), server $prefix/bin/mlx-server"
