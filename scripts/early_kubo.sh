#!/usr/bin/env bash
# Compiles Kubo's parts into Go's own cache while the environment is still being made, where it is clear that it will be
# built here: no Kubo is known, none can be fetched, and there is a Go. `get_kubo.py` does the rest, and finds them
# compiled. Whatever goes wrong here is said there.
set -u
cd "$(dirname "$0")/.."

cache=${REELKEY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/reelkey}
[ -z "${REELKEY_KUBO:-}" ] && [ ! -d "$cache/kubo" ] || exit 0
command -v ipfs >/dev/null && exit 0
go=$(command -v go || echo /usr/local/go/bin/go)
[ -x "$go" ] || exit 0
publisher=$(sed -n 's#^ *f"\(https:.*\)v{VERSION}",$#\1versions#p' app/ipfs/official.py | tail -n 1)
command -v curl >/dev/null && curl -sfo /dev/null --max-time 5 "$publisher" && exit 0
folder=$(mktemp -d) || exit 0
trap 'rm -rf "$folder"' EXIT
cp app/ipfs/kubo_build/go.mod app/ipfs/kubo_build/go.sum "$folder/" && cd "$folder" || exit 0
CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS='' GOWORK=off "$go" build -mod=readonly -trimpath '-ldflags=-s -w' \
    -o ipfs github.com/ipfs/kubo/cmd/ipfs >/dev/null 2>&1
exit 0
