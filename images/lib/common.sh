# shellcheck shell=bash
# What every script here shares: messages, and the cache by the hash of an image's inputs.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${MOULT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/moult}/images

say() { printf 'images: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}
need() { # command package
  command -v "$1" >/dev/null || die "$1 is missing: apt-get install $2 (dev/prerequisites does it)"
}

# Hash of texts and files: arguments that name a file or directory stand for what is in it.
hash_of() {
  local input
  for input; do
    if [[ -d $input ]]; then
      find "$input" -type f -printf '%P\n' | LC_ALL=C sort | (cd "$input" && xargs -r -d '\n' sha256sum)
    elif [[ -f $input ]]; then
      sha256sum <"$input"
    else
      printf '%s\n' "$input"
    fi
  done | sha256sum | cut -c 1-16
}

# What was begun and must not stay when this ends early.
unfinished=()
trap 'rm -rf "${unfinished[@]}"' EXIT

# cached KIND HASH COMMAND…: runs COMMAND with an empty directory as its last argument, unless that was done
# before. Sets `cached_dir`, and `cached_new` to 1 if COMMAND ran.
cached() {
  local kind=$1 hash=$2 lock partial
  shift 2
  mkdir -p "$cache/$kind"
  exec {lock}>"$cache/$kind/.lock"
  flock "$lock"
  if [[ -e $cache/$kind/$hash/.complete ]]; then
    touch "$cache/$kind/$hash"
    cached_new=0
  else
    partial=$(mktemp -d "$cache/$kind/.partial.XXXXXX")
    unfinished+=("$partial")
    chmod 755 "$partial"
    "$@" "$partial"
    touch "$partial/.complete"
    mv "$partial" "$cache/$kind/$hash"
    forget_old "$cache/$kind"
    # shellcheck disable=SC2034 # read by the callers
    cached_new=1
  fi
  # shellcheck disable=SC2034
  cached_dir=$cache/$kind/$hash
  exec {lock}>&-
}

# The newest few stay: switching between branches is common, disks are not endless.
forget_old() {
  find "$1" -mindepth 1 -maxdepth 1 -type d -not -name '.*' -printf '%T@ %p\n' | sort -rn | tail -n +5 |
    cut -d ' ' -f 2- | xargs -r -d '\n' rm -rf
}
