# Sourced by the other tools: brings what they need, and only that, when it is missing.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

BUILD_PACKAGES="gcc libc6-dev cmake ninja-build pkg-config libh2o-evloop-dev libcjson-dev libssl-dev libjwt-dev libjansson-dev libsqlite3-dev libmongoc-dev libhiredis-dev"
# What building the tests needs, and running any of them.
TEST_PACKAGES="git python3 python3-venv libwslay-dev libsrtp2-dev"

# What a step of the tests needs besides; tests/run.py says what the steps are.
CLANG_PACKAGES="clang-14 libclang-rt-14-dev"
# A browser; programs that send and play RTP; a database (the other one is in tests/mongodb-requirements.txt); promtool.
WIRE_PACKAGES="chromium binutils openssl redis-server prometheus"
WIRE_PACKAGES+=" ffmpeg gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad"
# A third front, Envoy, is in tests/deploy/envoy-requirements.txt.
FRONT_PACKAGES="openssl h2o nginx libnginx-mod-stream"
declare -A STEP_PACKAGES=(
    [fuzz-build]=$CLANG_PACKAGES
    [fuzz]=$CLANG_PACKAGES
    [tidy]="binutils clang-format-14"
    [wire]=$WIRE_PACKAGES
    [release-wire]=$WIRE_PACKAGES
    [tsan-wire]=$WIRE_PACKAGES
    [front-h2o]=$FRONT_PACKAGES
    [front-nginx]=$FRONT_PACKAGES
    # What starts it in containers, what watches it, and the Debian package and its unit, looked at.
    [deploy]="$FRONT_PACKAGES redis-server prometheus shellcheck docker-compose binutils dpkg-dev lintian man-db systemd"
    [chroot]="dpkg-dev debootstrap iproute2"
    [bench]=redis-server
)

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Run as root. Services that come along (Prometheus's) are not started: the tests start their own.
INSTALL='policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap "rm -f $policy" EXIT
    printf "#!/bin/sh\nexit 101\n" >$policy
    chmod 755 $policy
fi
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"'

# need_packages NAME...: installs the Debian packages of these that are missing.
need_packages() {
    local missing=() name sudo=()
    for name in "$@"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
    done
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get >/dev/null || die "These Debian packages are needed, and there is no apt-get here: ${missing[*]}"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "Please have an administrator install: ${missing[*]}"
        sudo=(sudo)
    fi
    echo "Installing ${missing[*]}" >&2
    "${sudo[@]}" apt-get update -qq || die "apt-get update failed; its message above says why"
    "${sudo[@]}" bash -c "$INSTALL" install "${missing[@]}" >/dev/null ||
        die "apt-get could not install: ${missing[*]}"
}

# need_python FOLDER REQUIREMENTS: a virtual environment with exactly the packages of a file.
need_python() {
    local folder=$1 requirements=$2 wanted
    wanted=$(sha256sum "$requirements")
    [ "$(cat "$folder/installed" 2>/dev/null)" = "$wanted" ] && "$folder/bin/python" -c '' 2>/dev/null && return
    echo "Installing the Python packages of $requirements into $folder; about a minute" >&2
    rm -rf "$folder"
    python3 -m venv "$folder" || die "python3 could not make a virtual environment"
    "$folder/bin/pip" install --quiet --disable-pip-version-check --no-input -r "$requirements" ||
        die "pip could not install the packages of $requirements"
    echo "$wanted" >"$folder/installed"
}

# need_kustomize: build/tools/kustomize, which renders deploy/k8s as kubectl does. Debian has no package of it, so it is
# built from its source, by Debian's Go unless there is another.
need_kustomize() {
    local version=5.0.3
    [ "$(build/tools/kustomize version 2>/dev/null)" = "v$version" ] && return
    command -v go >/dev/null || need_packages golang-go
    echo "Building kustomize; this takes some minutes, once" >&2
    mkdir -p build/tools
    GOBIN=$PWD/build/tools GOFLAGS='' CGO_ENABLED=0 go install \
        -ldflags "-X sigs.k8s.io/kustomize/api/provenance.version=v$version" "sigs.k8s.io/kustomize/kustomize/v5@v$version" ||
        die "go could not build kustomize"
}

# build PRESET [TARGET...]: configures once, then builds what has changed. Quiet unless it fails.
build() {
    local preset=$1 log=build/$1.log
    shift
    mkdir -p build
    { { [ -f "build/$preset/build.ninja" ] || cmake --preset "$preset"; } &&
        cmake --build --preset "$preset" ${1:+--target "$@"}; } >"$log" 2>&1 ||
        { tail -n 40 "$log" >&2 && die "Building $preset failed; all of it is in $log"; }
}
