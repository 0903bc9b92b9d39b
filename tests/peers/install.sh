#!/usr/bin/env bash
# Installs the real programs and data that tests and benches compare aldo with.
#
# usage: install.sh PREFIX
#   afterwards PREFIX holds llama/bin/llama-{server,bench,quantize,cli}, mlx/bin/{mlx-server,python} and
#   real-vocabulary.gguf, and mcp-{1,2}/bin/python
#
# Needs: a Debian machine, python3 with venv; about 680 MB of disk.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 1 ] || { sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2; }
mkdir -p "$1"
prefix=$(cd "$1" && pwd)

"$here/llama-server.sh" "$prefix/llama"
"$here/mlx-server.sh" "$prefix/mlx"

# The protocol's own library for Python, of both generations.
for wanted in 1:mcp==1.30.0 2:mcp==2.3.0; do
  folder="$prefix/mcp-${wanted%%:*}"
  [ -x "$folder/bin/python" ] || python3 -m venv "$folder"
  "$folder/bin/pip" install -q --disable-pip-version-check "${wanted#*:}"
done

if [ ! -s "$prefix/real-vocabulary.gguf" ]; then
  [ -x "$prefix/python/bin/pip" ] || python3 -m venv "$prefix/python"
  "$prefix/python/bin/pip" install -q --disable-pip-version-check 'gguf==0.19.0' 'numpy==2.4.6'
  # Only the data file of the package is wanted, not what it depends on.
  "$prefix/python/bin/pip" download -q --disable-pip-version-check --no-deps -d "$prefix/wheels" 'dashscope==2.0.2'
  "$prefix/python/bin/python" -m zipfile -e "$prefix"/wheels/dashscope-*.whl "$prefix/wheels/dashscope"
  "$prefix/python/bin/python" "$here/real_vocabulary.py" \
    "$prefix/wheels/dashscope/dashscope/resources/qwen.tiktoken" "$prefix/real-vocabulary.gguf"
  rm -rf "$prefix/wheels"
fi
