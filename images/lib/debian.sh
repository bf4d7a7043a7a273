# shellcheck shell=bash
# Packages and root file systems of Debian, from the mirror that this machine's own apt uses.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The address of Debian's archive ("Debian") or of its security archive ("Debian-Security").
debian_mirror() { # label
  local mirror
  mirror=$(apt-get indextargets --format "\$(ORIGIN)|\$(LABEL)|\$(REPO_URI)" 'Created-By: Packages' |
    sed -n "s/^Debian|$1|//p" | head -n 1)
  echo "$mirror"
}

# Lines for sources.list: the suite, its security updates where this machine knows a mirror of them, backports.
debian_sources() { # codename
  local mirror security options="[signed-by=$keyring]"
  mirror=${MOULT_DEBIAN_MIRROR:-$(debian_mirror Debian)}
  security=${MOULT_DEBIAN_SECURITY_MIRROR:-$(debian_mirror Debian-Security)}
  [[ -n $mirror ]] || die "no mirror of Debian in this machine's apt sources: set MOULT_DEBIAN_MIRROR to the address of one"
  [[ -e $keyring ]] || die "$keyring is missing: apt-get install debian-archive-keyring"
  echo "deb $options $mirror $1 main"
  echo "deb $options $mirror $1-backports main"
  [[ -z $security ]] || echo "deb $options $security $1-security main"
}

# How this machine's apt reaches the mirror (proxies, certificates, clock checks), as apt.conf lines.
debian_apt_settings() {
  apt-config dump | grep -E '^Acquire::(http|https|Check-|Retries)' || true
}

# apt with a state of its own in DIRECTORY: the machine's package lists are not touched.
debian_apt() { # directory command arguments…
  local state=$1 command=$2
  shift 2
  "$command" -q -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$state/lists" -o Dir::Cache="$state/cache" -o Dir::State::status="$state/status" \
    -o APT::Sandbox::User=root "$@"
}

# Package lists of CODENAME in DIRECTORY.
debian_update() { # directory codename
  mkdir -p "$1"/{lists,cache/archives}/partial
  : >"$1/status"
  debian_sources "$2" >"$1/sources.list"
  debian_apt "$1" apt-get update >"$1/log" 2>&1 || die "apt-get update of $2 failed: $(tail -n 3 "$1/log")"
}

# The versions of PACKAGE, newest first.
debian_versions() { # directory package
  debian_apt "$1" apt-cache madison "$2" | cut -d '|' -f 2 | tr -d ' ' | awk '!seen[$0]++'
}

# A root file system with PACKAGES and what they depend on, nothing else, no package manager: DIRECTORY/root.
# Packages are unpacked, their scripts do not run. PREFERENCES is an apt preferences file (may be empty).
debian_root() { # directory codename preferences packages…
  debian_unpack "$@"
  debian_slim "$1/root"
}

# The same, with all that the packages bring.
debian_unpack() { # directory codename preferences packages…
  local directory=$1 codename=$2 preferences=$3 work
  shift 3
  need mmdebstrap mmdebstrap
  [[ $(id -u) == 0 ]] || die "root file systems are made by root"
  work=$(mktemp -d)
  debian_apt_settings >"$work/apt.conf"
  printf '%s\n' "$preferences" >"$work/preferences"
  # One directory for /bin and /usr/bin, as Debian installs it today.
  cat >"$work/merge-usr" <<'HOOK'
#!/bin/sh -eu
mkdir -p "$1/usr"
for directory in bin sbin lib lib64; do
  mkdir -p "$1/usr/$directory"
  ln -s "usr/$directory" "$1/$directory"
done
HOOK
  chmod +x "$work/merge-usr"
  mkdir "$directory/root"
  debian_sources "$codename" |
    mmdebstrap --quiet --variant=extract --mode=root --architectures=amd64 --aptopt="$work/apt.conf" \
      --setup-hook="$work/merge-usr" \
      --setup-hook="mkdir -p \"\$1\"/etc/apt/preferences.d && cp $work/preferences \"\$1\"/etc/apt/preferences.d/" \
      --include="$(IFS=,; echo "$*")" "$codename" - - >"$work/root.tar" ||
    die "mmdebstrap of $codename failed"
  tar -C "$directory/root" --numeric-owner -xf "$work/root.tar"
  rm -rf "$work"
}

# Leave out what nobody reads in a container; licences stay.
debian_slim() { # root
  rm -rf "$1"/usr/share/{man,info,locale,lintian,bug,bash-completion} "$1"/var/{cache,log} "$1"/etc/apt \
    "$1"/var/lib/{apt,dpkg} "$1"/usr/lib/x86_64-linux-gnu/gconv
  find "$1/usr/share/doc" -mindepth 1 -maxdepth 1 -type d 2>/dev/null | while read -r documents; do
    find "$documents" -mindepth 1 -maxdepth 1 -not -name copyright -exec rm -rf {} +
  done
  mkdir -p "$1"/{proc,sys,run,dev,tmp,etc,var}
  chmod 1777 "$1/tmp"
  echo 'root:x:0:0:root:/:/sbin/nologin' >"$1/etc/passwd"
  echo 'root:x:0:' >"$1/etc/group"
}
