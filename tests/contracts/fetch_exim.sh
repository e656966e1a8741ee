#!/bin/sh
# Unpacks Debian's exim into build/exim. Its package and postfix's exclude each other, so it is not
# installed; nothing outside this folder is changed. Safe to run again.
set -eu
cd "$(dirname "$0")/../.."
if [ -x build/exim/usr/sbin/exim4 ]; then
    echo "exim is here: build/exim"
    exit 0
fi
packages=$(mktemp -d)
trap 'rm -rf "$packages"' EXIT
# apt fetches as a user of its own.
chmod 1777 "$packages"
fetch() {
    (cd "$packages" && apt-get download -qq exim4-daemon-light libidn12 libnss-wrapper)
}
# A machine may not have looked at what there is to fetch, or long ago.
fetch || { apt-get update -qq && fetch; }
mkdir -p build
rm -rf build/exim.new
for package in "$packages"/*.deb; do
    dpkg -x "$package" build/exim.new
done
# With this bit the loader would ignore where its libraries are; tests run it as an ordinary user.
chmod u-s build/exim.new/usr/sbin/exim4
rm -rf build/exim
mv build/exim.new build/exim
echo "exim is unpacked in build/exim"
