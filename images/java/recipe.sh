# shellcheck shell=bash
# The images of Moult's own programs: a small Debian, a Java runtime of jlink, the program.
#
# A part lies in /opt/moult/PART: bin/PART, java.args (the whole command line of its JVM), its jars, the native
# half of JNA, and the AOT cache of its classes. The launcher has a runtime of its own beside it, because its
# image is also mounted into other images, as /moult.

# Unpacked in every image of ours.
java_base_packages=(libc6 libgcc-s1 coreutils dash)
# The broker calls nft and ip; setpriv and nsenter are for people who look.
node_agent_packages=(nftables iproute2 util-linux)
# Of these packages the launcher's image has the files below and the libraries that those load, nothing else.
launcher_packages=(qemu-utils genisoimage dnsmasq-base seabios ovmf)
launcher_files=(
  /usr/bin/qemu-img    # overlays of disk images
  /usr/bin/genisoimage # the seed of cloud-init: in 10 ms, xorriso takes a second
  /usr/sbin/dnsmasq    # DHCP for the guest, and its IPv6 router
  /usr/share/seabios/{bios-256k,vgabios-stdvga}.bin
  /usr/share/OVMF/OVMF_{CODE_4M,CODE_4M.ms,CODE_4M.secboot,VARS_4M,VARS_4M.ms}.fd
)

launcher_modules=java.base,java.logging,jdk.unsupported
# What Quarkus, Fabric8 and Micrometer load. java.desktop and the compiler are not among it.
service_modules=java.base,java.instrument,java.logging,java.management,java.naming,java.net.http,java.security.jgss,java.security.sasl,java.sql,java.transaction.xa,java.xml,jdk.management,jdk.net,jdk.unsupported,jdk.zipfs

java_parts() { # image
  case $1 in
    launcher) echo launcher ;;
    node-agent) echo broker agent ;;
    operator) echo operator ;;
    *) die "no Java program is known for the image $1" ;;
  esac
}

# Where Maven left the part.
java_output() { # part
  case $1 in
    launcher | broker) echo "$repository/node-agent/$1/target/lib" ;;
    agent) echo "$repository/node-agent/agent/target/quarkus-app" ;;
    operator) echo "$repository/operator/target/quarkus-app" ;;
  esac
}

java_check() { # image
  local part parts output
  if [[ $1 == launcher ]]; then need gcc gcc; fi
  read -ra parts <<<"$(java_parts "$1")"
  for part in "${parts[@]}"; do
    output=$(java_output "$part")
    compgen -G "$output/*.jar" >/dev/null || die "$1: ${output#"$repository/"} has no jar: run make build first"
  done
  java_home=$("$repository/dev/prerequisites" --print-java-home)
}

# The launcher's: dnsmasq learnt in 2.91 to serve without capabilities, and the firmware is newer.
java_suite() { # image
  if [[ $1 == launcher ]]; then echo trixie; else echo bookworm; fi
}

java_packages() { # image
  echo "${java_base_packages[@]}"
  if [[ $1 == node-agent ]]; then echo "${node_agent_packages[@]}"; fi
}

# Which of PACKAGES' files the image has, where it does not have all.
java_tools() { # image
  if [[ $1 == launcher ]]; then echo "${launcher_packages[*]}: ${launcher_files[*]}"; fi
}

java_inputs() { # image
  local part output
  java_suite "$1"
  java_packages "$1"
  java_tools "$1"
  echo "$java_home/release"
  echo "$repository/images/java"
  echo "$repository/images/lib/debian.sh"
  echo "$repository/images/lib/oci.sh"
  for part in $(java_parts "$1"); do
    output=$(java_output "$part")
    # Quarkus generates this one from the others, with names in it that differ from build to build.
    find "$output" -type f -not -name generated-bytecode.jar -printf '%P\n%p\n' | LC_ALL=C sort
  done
}

java_make_base() { # suite packages tools directory
  local packages=${3%%: *}
  # shellcheck disable=SC2086 # packages are words
  debian_root "$4" "$1" '' $2
  if [[ -n $packages ]]; then
    mkdir "$4/tools"
    # shellcheck disable=SC2086
    debian_root "$4/tools" "$1" '' $packages
    # shellcheck disable=SC2086
    java_take "$4/tools/root" "$4/root" ${3#*: }
    rm -rf "$4/tools"
  fi
  find "$4/root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  oci_layer "$4/root" "$4"
}

# Copies files, the libraries that they load and all licences from one root file system to another.
java_take() { # from to files…
  local from=$1 to=$2 file libraries
  shift 2
  for file; do
    [[ -x $from$file ]] || continue
    libraries=$(chroot "$from" /lib64/ld-linux-x86-64.so.2 --list "$file" | grep -o ' /[^ ]*') || die "$file cannot be run"
    # shellcheck disable=SC2086 # names are words
    set -- "$@" $libraries
  done
  for file in "$@" /usr/share/doc; do
    [[ -e $from$file ]] || die "no package brings $file"
    # A library's name is a link to it, below a directory that is a link to /usr/lib.
    file=$(realpath "$from$(dirname "$file")")/$(basename "$file")
    realpath --relative-to="$from" "$file"
    realpath --relative-to="$from" --no-symlinks "$file"
  done | sort -u | tar -C "$from" --files-from=- -c | tar -C "$to" --keep-directory-symlink -x
}

# Sets cached_dir to the directory of an image's lowest layer.
java_base() { # image
  java_parts "$1" >/dev/null
  cached java-base "$(hash_of "$(java_suite "$1")" "$(java_packages "$1")" "$(java_tools "$1")" \
    "$repository"/images/lib/{debian,oci}.sh "$(declare -f java_make_base java_take)")" \
    java_make_base "$(java_suite "$1")" "$(java_packages "$1" | tr '\n' ' ')" "$(java_tools "$1")"
}

java_make_runtime() { # path modules directory
  local runtime=$3/root$1
  mkdir -p "$(dirname "$runtime")"
  "$java_home/bin/jlink" --add-modules "$2" --strip-debug --no-header-files --no-man-pages --compress zip-6 \
    --output "$runtime"
  # The default archives of classes: with and without compact object headers.
  "$runtime/bin/java" -XX:+UseSerialGC -Xshare:dump >/dev/null
  "$runtime/bin/java" -XX:+UseSerialGC -XX:+UseCompactObjectHeaders -Xshare:dump >/dev/null
  rm -f "$runtime/bin/keytool"
  find "$3/root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  oci_layer "$3/root" "$3"
}

# The java.args of a part that is seen at PATH, from ROOT where its files are.
java_arguments() { # part root path
  local jars
  jars=$(find "$2/opt/moult/$1/lib" -maxdepth 1 -name '*.jar' -printf "$3/lib/%f\n" 2>/dev/null | LC_ALL=C sort | paste -sd :)
  sed -e "s|{dir}|$3|g" -e "s|{classpath}|$jars|g" "$repository/images/java/$1.args"
}

# What the guest's IPv6 router preloads: of this machine's C library it uses what every one has.
java_router() { # file
  gcc -shared -fPIC -O2 -Wall -Wextra -Werror -std=gnu11 -s -o "$1" "$repository/images/java/router.c" ||
    die "router.c does not compile"
}

# The files of a part in ROOT.
java_install() { # part root runtime
  local part=$1 directory=$2/opt/moult/$1 output jna
  output=$(java_output "$part")
  mkdir -p "$directory/bin"
  case $part in
    launcher | broker)
      mkdir "$directory/lib"
      cp "$output"/*.jar "$directory/lib/"
      ;;
    *) cp -r "$output/." "$directory/" ;;
  esac
  jna=$(find "$directory" -name '*jna-5*.jar' -not -name '*platform*' | head -n 1)
  if [[ -n $jna ]]; then
    mkdir "$directory/native"
    (cd "$directory/native" && "$java_home/bin/jar" --extract --file "$jna" com/sun/jna/linux-x86-64/libjnidispatch.so &&
      mv com/sun/jna/linux-x86-64/libjnidispatch.so . && rm -r com)
  fi
  printf '#!/bin/sh\nexec %s/bin/java @/opt/moult/%s/java.args "$@"\n' "$3" "$part" >"$directory/bin/$part"
  chmod 755 "$directory/bin/$part"
  java_arguments "$part" "$2" "/opt/moult/$part" >"$directory/java.args"
  if [[ $part == launcher ]]; then
    # A VMM image may have no shell: there the pod's command is java with one of these.
    { cat "$directory/java.args" && echo anchor; } >"$directory/anchor.args"
    # The one that copies memory stays, and its loops want a compiler.
    { grep -v -e '^-Xint$' -e '^-Xm' "$directory/java.args" && echo memory; } |
      sed 's/^-XX:+UseSerialGC$/&\n-XX:TieredStopAtLevel=1\n-Xms8m\n-Xmx64m/' >"$directory/memory.args"
    { java_arguments launcher "$2" /moult/opt/moult/launcher && echo vmm; } >"$directory/vmm.args"
    install -m 755 "$repository/images/java/dhcp" "$2/opt/moult/dhcp"
    java_router "$2/opt/moult/router.so"
  fi
  find "$2/opt" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}

# Run the part once as it will run, in WHOLE, and keep what its JVM learnt of its classes: they are then mapped,
# parsed and linked at the next start. The cache goes into ROOT.
java_train() { # part whole root runtime
  local part=$1 whole=$2 root=$3 cache=/opt/moult/$1/program.aot log=$2/tmp/train.log
  # The same options, but the cache is written instead of read.
  { echo "-XX:AOTCacheOutput=$cache" && grep -v 'XX:AOTCache=' "$whole/opt/moult/$part/java.args"; } >"$whole/tmp/train.args"
  case $part in
    launcher | broker) java_rehearse "$whole" "$4" >"$log" 2>&1 || die "$part --version: $(tail -n 20 "$log")" ;;
    *) java_start_and_stop "$whole" "$4" "$log" ;;
  esac
  [[ -s $whole$cache ]] || die "$part made no AOT cache: $(tail -n 20 "$log")"
  mv "$whole$cache" "$root$cache"
  touch -d "@$SOURCE_DATE_EPOCH" "$root$cache"
}

# These go through their work by themselves.
java_rehearse() { # whole runtime
  "$repository/images/lib/in-root" "$1" "$2/bin/java" @/tmp/train.args --version
}

# Quarkus, as far as it comes without a cluster: until it says that it is warm, or has given up.
java_start_and_stop() { # whole runtime log
  local service warm='started in' deadline=$((SECONDS + 90))
  if [[ $part == agent ]]; then warm='rehearsed [0-9]'; fi
  mkdir "$1/tmp/run" && : >"$1/tmp/run/lock" # else made by the broker
  QUARKUS_HTTP_HOST=127.0.0.1 QUARKUS_HTTP_PORT=0 QUARKUS_OPERATOR_SDK_START_OPERATOR=false \
    KUBERNETES_SERVICE_HOST=127.0.0.1 KUBERNETES_SERVICE_PORT=1 MOULT_RUN=/tmp/run MOULT_BROKER_SOCKET=/tmp/run/broker.sock \
    NODE_NAME=training POD_NAME=training POD_NAMESPACE=training \
    "$repository/images/lib/in-root" "$1" "$2/bin/java" @/tmp/train.args >"$3" 2>&1 &
  service=$!
  until grep -qs "$warm" "$3" || ! kill -0 "$service" 2>/dev/null || ((SECONDS > deadline)); do
    sleep 0.1
  done
  kill -TERM "$service" 2>/dev/null || true
  wait "$service" || true # that it gives up is no fault, that it lacks something is
  ! grep -E 'ClassNotFoundException|NoClassDefFoundError|UnsatisfiedLinkError|NoSuchMethodError' "$3" >&2 ||
    die "$part lacks something in its image"
}

java_make() { # image directory
  local image=$1 directory=$2 part base runtime path modules
  local root=$directory/root whole=$directory/whole
  if [[ $image == launcher ]]; then
    path=/opt/moult/launcher/runtime modules=$launcher_modules
  else
    path=/opt/moult/runtime modules=$service_modules
  fi
  java_base "$image"
  base=$cached_dir
  cached java-runtime "$(hash_of "$path" "$modules" "$java_home/release" "$(declare -f java_make_runtime)" \
    "$repository/images/lib/oci.sh")" java_make_runtime "$path" "$modules"
  runtime=$cached_dir

  mkdir "$root"
  for part in $(java_parts "$image"); do java_install "$part" "$root" "$path"; done
  mkdir "$whole"
  cp -al "$base/root/." "$runtime/root/." "$root/." "$whole/"
  for part in $(java_parts "$image"); do java_train "$part" "$whole" "$root" "$path"; done
  rm -rf "$whole"
  oci_layer "$root" "$directory"
  # shellcheck disable=SC2154 # image_name: images/build
  oci_archive "$directory/image.tar" "$image_name" \
    "\"Env\":[\"PATH=/usr/sbin:/usr/bin\",\"LANG=C.UTF-8\"],\"Labels\":{\"org.opencontainers.image.title\":\"Moult $image\"}" \
    "$base" "$runtime" "$directory"
  rm -rf "$directory/layer.tar.zst"
}
