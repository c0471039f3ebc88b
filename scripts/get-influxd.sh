#!/usr/bin/env bash
# Prints the path of a real influxd, which the history tests talk to. InfluxData publishes no binary on any package
# registry, so it is built once from the Go module proxy and crates.io (5 minutes on two quiet cores) and kept in the
# project's cache, outside the repository. INFLUXD=path names one that is there already. Needs go, cargo, pkg-config, gcc.
set -euo pipefail

influxdb=v2.7.12
flux=v0.196.1 # what that influxdb's go.mod asks for
cache=${LEADWATCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/leadwatch}/influxd
binary=$cache/influxd-$influxdb-$(uname -m)

if [ -n "${INFLUXD:-}" ]; then echo "$INFLUXD"; exit 0; fi
works() { [ -x "$binary" ] && "$binary" version 2>/dev/null | grep -q "$influxdb"; }
if works; then echo "$binary"; exit 0; fi
for tool in go cargo pkg-config gcc; do
  command -v "$tool" >/dev/null || { echo "get-influxd: $tool is needed" >&2; exit 1; }
done

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9 # whoever comes second waits for the first one's build
if works; then echo "$binary"; exit 0; fi

build=$(mktemp -d "$cache/build.XXXXXX")
trap 'rm -rf "$build"' EXIT
echo "get-influxd: building influxd $influxdb, once" >&2
{
  export GOPATH=$build/go GOCACHE=$build/go-cache GOFLAGS='-buildvcs=false -modcacherw' CARGO_HOME=$build/cargo
  # A test server: compiling quickly matters more than running quickly.
  export CARGO_PROFILE_RELEASE_LTO=false CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_DEBUG=0
  # flux asks for an old Rust by a rust-toolchain file; the installed one compiles it.
  if command -v rustup >/dev/null; then RUSTUP_TOOLCHAIN=$(rustup show active-toolchain | cut -d' ' -f1); export RUSTUP_TOOLCHAIN; fi
  cd "$build"
  source_of() { go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p'; }
  cp -r "$(source_of "github.com/influxdata/influxdb/v2@$influxdb")" influxdb
  cp -r "$(source_of "github.com/influxdata/flux@$flux")" flux
  chmod -R u+w influxdb flux
  (cd flux/libflux/flux && cargo build --release --locked --no-default-features --features cffi --lib)
  mkdir pkgconfig
  printf 'Name: flux\nVersion: %s\nDescription: libflux\nCflags: -I%s\nLibs: %s -ldl -lm -lpthread\n' \
    "${flux#v}" "$build/flux/libflux/include" "$build/flux/libflux/target/release/libflux.a" > pkgconfig/flux.pc
  cd influxdb
  PKG_CONFIG_PATH=$build/pkgconfig go build -tags sqlite_foreign_keys,sqlite_json -ldflags "-s -w -X main.version=$influxdb" -o "$binary.partial" ./cmd/influxd
  mv "$binary.partial" "$binary"
} >&2
echo "$binary"
