# The Debian packages that Firstring needs, in three lists. Sourced by ./run and ./test.
# What each is for: docs/dependencies.md.

packages_build=(
  g++ cmake ninja-build ccache mold pkg-config make ca-certificates
  libssl-dev libc-ares-dev libsrtp2-dev libopus-dev libogg-dev libspandsp-dev libspeexdsp-dev
  libsoxr-dev libsndfile1-dev libboost-dev nlohmann-json3-dev libsqlite3-dev libsqlitecpp-dev
  libyaml-cpp-dev libhowardhinnant-date-dev tzdata libspdlog-dev libfmt-dev libcli11-dev
  libsodium-dev libcurl4-openssl-dev flite1-dev
)
packages_test=(
  libgtest-dev libbenchmark-dev clang-14 libclang-rt-14-dev python3 python3-yaml python3-jsonschema
  sip-tester baresip-core tcpdump chromium sqlite3 procps iproute2
)

# Installs what is missing of the packages named, as root or through sudo.
install_packages() {
  local missing=()
  local package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
      missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
      echo "These packages are missing and there is no sudo: ${missing[*]}" >&2
      return 1
    }
    as_root=(sudo)
  fi
  echo "Installing ${#missing[@]} Debian packages: ${missing[*]}" >&2
  "${as_root[@]}" apt-get update -q >&2 &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
      --no-install-recommends "${missing[@]}" >&2
}
