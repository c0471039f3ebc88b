#!/usr/bin/env bash
# Builds the native binding of @tensorflow/tfjs-node (or -gpu) from the sources in its npm package, against the
# libtensorflow inside a TensorFlow wheel. Training needs it; serving does not.
#
#   bash scripts/setup-tensorflow.sh [cpu|gpu]     default: cpu
#
# The package's own install script would download a prebuilt libtensorflow instead; with an open network
# `npm rebuild @tensorflow/tfjs-node --foreground-scripts` does that just as well.
# Idempotent: the library and the binding stay in the project's cache directory and survive `npm ci`.
set -euo pipefail

variant=${1:-cpu}
case "$variant" in
  cpu) package=tfjs-node wheel=tensorflow-cpu ;;
  gpu) package=tfjs-node-gpu wheel=tensorflow ;;
  *) echo "usage: setup-tensorflow.sh [cpu|gpu]" >&2; exit 2 ;;
esac
# The last TensorFlow whose C API the 4.22 binding compiles and runs against without warnings.
version=2.15.1

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
module=$root/node_modules/@tensorflow/$package
cache=${LEADWATCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/leadwatch}/tensorflow/$wheel-$version
# The binding talks to Node through N-API 8, which is stable over Node versions, but not over processors.
binding=$cache/tfjs_binding-$(uname -m).node

need() { command -v "$1" >/dev/null || { echo "setup-tensorflow: $1 is needed ($2)" >&2; exit 1; }; }

[ -d "$module/binding" ] || { echo "setup-tensorflow: $module is not installed; run npm ci first" >&2; exit 1; }

if [ ! -f "$cache/complete" ]; then
  need python3 "with pip, to fetch the $wheel wheel"
  echo "setup-tensorflow: fetching $wheel $version" >&2
  download=$(mktemp -d)
  trap 'rm -rf "$download"' EXIT
  rm -rf "$cache"
  mkdir -p "$cache"
  # libtensorflow does not depend on the Python version; 3.10 is one that every 2.15 wheel exists for.
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest "$download" \
    --implementation cp --python-version 310 --abi cp310 \
    --platform "manylinux_2_17_$(uname -m)" --platform "manylinux2014_$(uname -m)" "$wheel==$version"
  python3 - "$download" "$cache" <<'PYTHON'
import pathlib, shutil, sys, zipfile

download, cache = (pathlib.Path(argument) for argument in sys.argv[1:])
libraries = {'libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'}
headers = ('c/', 'core/platform/')
for wheel in download.glob('*.whl'):
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.namelist():
            inside = entry.removeprefix('tensorflow/include/')
            if entry.removeprefix('tensorflow/') in libraries:
                target = cache / 'lib' / pathlib.Path(entry).name
            elif inside != entry and entry.endswith('.h') and (
                inside.startswith(('tsl/', 'xla/')) or inside.removeprefix('tensorflow/').startswith(headers)
            ):
                target = cache / 'include' / inside
            else:
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as source, open(target, 'wb') as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
PYTHON
  touch "$cache/complete"
fi

if [ ! -f "$binding" ]; then
  need g++ "apt-get install g++"
  node_include=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")/include/node
  [ -f "$node_include/node_api.h" ] || { echo "setup-tensorflow: Node's headers are expected in $node_include" >&2; exit 1; }
  echo "setup-tensorflow: compiling the binding of $package" >&2
  g++ -O2 -std=c++17 -fPIC -shared -DNAPI_VERSION=8 -I"$node_include" -I"$cache/include" \
    "$module/binding/tfjs_backend.cc" "$module/binding/tfjs_binding.cc" -o "$binding.partial" \
    "$cache/lib/libtensorflow_cc.so.2" "$cache/lib/libtensorflow_framework.so.2" -Wl,-rpath,"$cache/lib"
  mv "$binding.partial" "$binding"
fi

mkdir -p "$module/lib/napi-v8"
# Copied aside and moved, so that a process that has the old file open keeps it.
cp "$binding" "$module/lib/napi-v8/tfjs_binding.node.partial"
mv "$module/lib/napi-v8/tfjs_binding.node.partial" "$module/lib/napi-v8/tfjs_binding.node"
echo "setup-tensorflow: $package is ready ($wheel $version)" >&2
