#!/usr/bin/env bash
# Puts ONNX Runtime's CUDA provider beside onnxruntime-node, whose npm package has none: the same version's Python wheel does (250 MB from PyPI).
# Needs python3 with pip, and on the machine that serves an NVIDIA driver and the libraries of CUDA 13 and cuDNN 9, for example
#
#   pip install nvidia-cuda-runtime nvidia-cublas nvidia-curand nvidia-cufft nvidia-cudnn-cu13
#
# with their folders in LD_LIBRARY_PATH. `npm ci` takes the provider away again. /health says which provider runs, the log why another does not.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
version=$(node -p "require('$root/node_modules/onnxruntime-node/package.json').version")
binding=$root/node_modules/onnxruntime-node/bin/napi-v6/linux/x64

[ "$(uname -sm)" = 'Linux x86_64' ] || { echo "get-cuda-provider: the wheel is for Linux on x86-64, this is $(uname -sm)" >&2; exit 1; }
[ -d "$binding" ] || { echo "get-cuda-provider: $binding is not there; run npm ci first" >&2; exit 1; }
if [ -f "$binding/libonnxruntime_providers_cuda.so" ]; then echo "get-cuda-provider: already there"; exit 0; fi

download=$(mktemp -d)
trap 'rm -rf "$download"' EXIT
echo "get-cuda-provider: fetching onnxruntime-gpu $version" >&2
# The provider does not depend on the Python version; 3.12 is one that the wheel exists for.
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest "$download" \
  --implementation cp --python-version 3.12 --platform manylinux_2_28_x86_64 --platform manylinux_2_27_x86_64 "onnxruntime-gpu==$version"
python3 - "$download" "$binding" <<'PYTHON'
import pathlib, shutil, sys, zipfile

download, binding = (pathlib.Path(argument) for argument in sys.argv[1:])
for wheel in download.glob('*.whl'):
    with zipfile.ZipFile(wheel) as archive:
        for name in ('libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'):
            partial = binding / f'{name}.partial'
            with archive.open(f'onnxruntime/capi/{name}') as source, partial.open('wb') as target:
                shutil.copyfileobj(source, target)
            partial.rename(binding / name)
PYTHON
ls -l "$binding"
