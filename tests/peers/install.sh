#!/usr/bin/env bash
# Installs the real programs that tests and benches compare aldo with.
#
# usage: install.sh PREFIX
#   afterwards: PREFIX/llama/bin/llama-{server,bench,quantize,cli}, PREFIX/qwen/qwen.tiktoken
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 1 ] || { sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2; }
mkdir -p "$1"
prefix=$(cd "$1" && pwd)
"$here/llama-server.sh" "$prefix/llama"
