#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dkms.conf, debian/changelog, the RPM's spec, ious.h and CHANGELOG.md name one version.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$top/dkms.conf")

. "$top/tests/lib/tap.sh"

# NAME VERSION FILE: the file's newest version, as it was found
same() {
	[ -n "$version" ] && [ "$2" = "$version" ] && ok 0 "$1 has dkms.conf's version" ||
		ok 1 "$1 has dkms.conf's version: '$2', not '$version'"
}

spec=$top/packaging/io-uring-spawn.spec
same debian/changelog "$(sed -n '1s/^io-uring-spawn (\(.*\)-[^-]*) .*/\1/p' \
	"$top/debian/changelog")"
same "the spec" "$(sed -n 's/^Version: *//p' "$spec")"
same "the spec's changelog" "$(sed -n \
	'/^%changelog/{n;s/.* - \(.*\)-[^-]*$/\1/p}' "$spec")"
number=$(sed -n 's/^#define IOUS_VERSION_NUMBER[\t ]*0x//p' \
	"$top/userspace/include/ious.h")
same ious.h "$((16#$number >> 16)).$((16#$number >> 8 & 255)).$((16#$number & 255))"
same CHANGELOG.md "$(sed -n 's/^## \([^ ]*\).*/\1/p' "$top/CHANGELOG.md" | head -n 1)"
finish
