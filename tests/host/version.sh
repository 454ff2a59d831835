#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dkms.conf, debian/changelog, the RPM's spec and CHANGELOG.md name one version.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$top/dkms.conf")

# NAME VERSION FILE: the file's newest version, as it was found
nr=0 failed=0
same() {
	nr=$((nr + 1))
	if [ -n "$version" ] && [ "$2" = "$version" ]; then
		echo "ok $nr - $1 has dkms.conf's version"
	else
		echo "not ok $nr - $1 has dkms.conf's version"
		echo "# '$2', not '$version'"
		failed=1
	fi
}

spec=$top/packaging/io-uring-spawn.spec
same debian/changelog "$(sed -n '1s/^io-uring-spawn (\(.*\)-[^-]*) .*/\1/p' \
	"$top/debian/changelog")"
same "the spec" "$(sed -n 's/^Version: *//p' "$spec")"
same "the spec's changelog" "$(sed -n \
	'/^%changelog/{n;s/.* - \(.*\)-[^-]*$/\1/p}' "$spec")"
same CHANGELOG.md "$(sed -n 's/^## \([^ ]*\).*/\1/p' "$top/CHANGELOG.md" | head -n 1)"
echo "1..$nr"
exit $failed
