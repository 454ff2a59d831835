# SPDX-License-Identifier: GPL-2.0
#
# Everything that a person types. Kbuild builds the module.

# This machine's architecture, in Debian's words, and that of the kernels that demo, test
# and check boot: on an amd64 machine ARCH=arm64 are emulated ones, see prepare-arm64.
HOST_ARCH := $(shell dpkg --print-architecture 2>/dev/null)
ARCH	?= $(HOST_ARCH)
FOREIGN	:= $(filter-out $(HOST_ARCH),$(ARCH))

# All tests, or NAME/part, NAME/smoke, NAME/few: some of them, see tests/vm/check.
# Linux 7.2 and 7.3 differ in little. The long ones first.
ifeq ($(ARCH),arm64)
MAIN	:= 6.12 7.3
KERNELS	?= 6.12 7.3 7.2/smoke
else
MAIN	:= 6.1 6.12 7.3
KERNELS	?= 6.12 6.1/smoke 7.3/smoke 7.2/few 6.12-rt/few 6.12-arm64/smoke 7.3-arm64/few
endif
# What knows no parts.
WHOLE	= $(if $(filter file,$(origin KERNELS)),$(MAIN),$(filter-out $(PARTS),$(KERNELS)))
PARTS	:= %/part %/locks %/smoke %/few
FUZZ_SECONDS ?= 300
FUZZ_SEED ?= 1
SOAK_CHAINS ?= 1000000
CROWD_ROUNDS ?= 1000
KDIR	?= /lib/modules/$(shell uname -r)/build
BUILD	:= $(CURDIR)/build
SUDO	:= $(if $(filter 0,$(shell id -u)),,sudo)

help:
	@echo 'make demo          boot Debian'\''s Linux 6.1 in QEMU, start processes by chains'
	@echo 'make check         run all tests on 6.12, some on others; KERNELS="6.1 6.12" chooses some'
	@echo 'make demo ARCH=arm64  the same for demo, check and test: kernels of arm64, emulated'
	@echo '                   if this machine is none'
	@echo 'make test T=chain KERNEL=6.12  run one of them: a program of tests/, a case of'
	@echo '                   tests/cases, a script of tests/host; without T: list them'
	@echo 'make lint          only read the sources: checkpatch, sparse, cppcheck, shellcheck, docs'
	@echo 'make check-debug   run all tests on a kernel with KASAN, lockdep, kmemleak, ...;'
	@echo '                   run some on a kernel with PREEMPT_RT and lockdep'
	@echo 'make check-kcsan   run tests on a kernel that looks for data races'
	@echo 'make check-kernels run some tests on every kernel of every suite, rt and cloud too'
	@echo 'make debug-kernel  build the kernel of check-debug: ten minutes or more'
	@echo 'make check-packages  test the packages, on machines with Debian 12 and 13'
	@echo 'make fuzz          run random chains: KERNELS="7.3 debug" FUZZ_SECONDS=1800 FUZZ_SEED=1'
	@echo 'make soak          run SOAK_CHAINS=1000000 on one boot, measure the memory of the kernel'
	@echo 'make crowd         unload the module with 200 blocked chains, CROWD_ROUNDS=1000 times'
	@echo 'make bench-overhead  measure the cost for a ring that never spawns'
	@echo 'make bench         measure the cost of a spawn, by several methods, as the parent grows, on'
	@echo '                   KERNELS="6.1 6.12 7.3"; make bench-docs puts that into the documents'
	@echo 'make bench-native  measure it on this machine, if the module is loaded'
	@echo 'make module        build the module for the running kernel; KDIR=... for another'
	@echo 'make examples      build the examples, for this machine'\''s liburing'
	@echo 'make install       install headers, library, drop-in, command and manual; PREFIX, DESTDIR'
	@echo 'make uninstall     remove them'
	@echo 'make dkms-install  install the module'\''s source, build it with DKMS; dkms-uninstall'
	@echo 'make deb           build Debian packages in build/packages; make rpm: RPMs'
	@echo 'make deps          install the Debian packages that these targets need'
	@echo 'make clean         remove build results, keep kernels; distclean: remove both'

# What the harness needs on a Debian 12 or 13, and no more than is missing.
QEMU_amd64 := qemu-system-x86
QEMU_arm64 := qemu-system-arm
PACKAGES := bash-completion busybox-static cpio cppcheck fish gcc g++ libc6-dev \
	    linux-libc-dev make ksh93u+m mandoc manpages-dev mmdebstrap mount musl-tools \
	    ninja-build perl pkg-config python3-minimal $(QEMU_$(HOST_ARCH)) shellcheck \
	    util-linux xz-utils zsh zstd

# For cases that run on this machine only: disks for guests.
OUTSIDE := e2fsprogs

deps:
	@missing=$$(for p in $(PACKAGES) $(OUTSIDE); do dpkg-query -W -f '$${Status}' $$p 2>/dev/null | \
		grep -q 'ok installed' || echo $$p; done); \
	apt-get indextargets --format '$$(FILENAME)' 'Created-By: Packages' | \
		xargs -r ls >/dev/null 2>&1 || $(SUDO) apt-get -q update; \
	if [ -n "$$missing" ]; then $(SUDO) apt-get -q update && \
		$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get -qy \
		--no-install-recommends install $$missing; fi

# For tests/vm/prepare, whose roots of each suite have nothing else.
packages:
	@echo $(PACKAGES)

# build/ is the caller's, its vm/ is root's.
demo: deps
	@mkdir -p $(BUILD)
	$(if $(FOREIGN),,$(SUDO) tests/vm/prepare liburing)
	$(if $(FOREIGN),,$(MAKE) -C userspace STATIC=1 O=$(BUILD)/demo $(VM_LIBURING))
	@echo
	$(SUDO) tests/vm/demo $(ARCH)

# The programs that run in the guests are linked with the newest liburing.
LIBURING_A = $(BUILD)/liburing/newest/usr/lib/$(shell $(CC) -print-multiarch)/liburing.a
VM_LIBURING = LIBURING_CFLAGS="-isystem $(BUILD)/liburing/newest/usr/include" \
	      LIBURING_LIBS=$(LIBURING_A) LIBURING_PIC=$(LIBURING_A)

tests: deps
	@mkdir -p $(BUILD)
	$(SUDO) tests/vm/prepare liburing
	$(MAKE) -C tests -j$$(nproc) O=$(BUILD)/tests $(VM_LIBURING)
	$(MAKE) -C userspace STATIC=1 O=$(BUILD)/demo $(VM_LIBURING)
	$(MAKE) -C userspace libraries command O=$(BUILD)/demo $(VM_LIBURING)

# Parts of make check by themselves: they boot nothing.
lint: deps
	@mkdir -p $(BUILD)
	@status=0; for script in tests/host/lint-*.sh; do \
		$(SUDO) env IOUS_BUILD=$(BUILD) bash $$script || status=1; \
	done; exit $$status

# What prepare-arm64 builds is none of these.
NATIVE	:= tests $(BUILD)/bench/overhead $(BUILD)/bench/spawn $(BUILD)/bench/first
check: $(if $(FOREIGN),deps,$(NATIVE))
	@mkdir -p $(BUILD)
	$(SUDO) tests/vm/check --arch $(ARCH) $(KERNELS)

# One of them: T=chain KERNEL=6.12
KERNEL	?= 6.12
test: $(if $(FOREIGN),deps,$(NATIVE))
	@mkdir -p $(BUILD)
	$(SUDO) env $(if $(SLOW),SLOW=$(SLOW)) IOUS_SEED=$(IOUS_SEED) tests/vm/one '$(T)' '$(KERNEL)' '$(ARCH)'

debug-kernel: deps
	@mkdir -p $(BUILD)
	$(SUDO) tests/vm/$(if $(FOREIGN),prepare-arm64,prepare) debug

# Everything is several times slower there.
check-debug: DEBUG_KERNELS := debug debug-rt/locks
check-kcsan: DEBUG_KERNELS := kcsan
check-debug check-kcsan: $(if $(FOREIGN),deps,tests)
	@mkdir -p $(BUILD)
	$(SUDO) env SLOW=4 UNLOAD_ROUNDS=30 FAULT_STEP=1 tests/vm/check --arch $(ARCH) $(DEBUG_KERNELS)

# Each is built, loaded and tried; KERNELS="6.12-rt 7.3-cloud" narrows it.
check-kernels: $(if $(FOREIGN),deps,tests)
	@mkdir -p $(BUILD)
	$(SUDO) env FUZZ_SECONDS=10 UNLOAD_ROUNDS=5 tests/vm/check --arch $(ARCH) \
		$(if $(filter file,$(origin KERNELS)),all/smoke,$(KERNELS:%=%/smoke))

# The long runs: parts of make check, with other numbers, kernel by kernel.
fuzz soak crowd: $(if $(FOREIGN),foreign-tests,tests)
	for k in $(WHOLE); do $(SUDO) env KERNEL=$$k$(FOREIGN:%=-%) VM_RUN=tests/vm/run \
		IOUS_BUILD=$(BUILD)$(FOREIGN:%=/%) FUZZ_SECONDS=$(FUZZ_SECONDS) \
		FUZZ_WITHOUT="$(FUZZ_WITHOUT)" FUZZ_ONLY="$(FUZZ_ONLY)" \
		FUZZ_SEED=$(FUZZ_SEED) SOAK_CHAINS=$(SOAK_CHAINS) \
		SOAK_TIMEOUT=14400 CROWD_ROUNDS=$(CROWD_ROUNDS) \
		bash tests/cases/$@.sh || exit; done

foreign-tests: deps
	@mkdir -p $(BUILD)
	$(SUDO) tests/vm/prepare-arm64 userland tests demo

# bench/Makefile has their rules, and says what BENCH_KERNEL, BENCH_ROUNDS, BENCH_MS and
# BENCH_MACHINES are.
bench bench-overhead bench-native: tests
	$(if $(FOREIGN),$(error measures kernels of this machine; BENCH_KERNEL=6.12-arm64 is for bench-overhead))
	$(MAKE) -C bench BUILD=$(BUILD) $(VM_LIBURING) \
		BENCH_KERNELS="$(WHOLE)" $@

bench-docs:
	$(MAKE) -C bench BUILD=$(BUILD) $@

$(BUILD)/bench/%: tests
	$(MAKE) -C bench BUILD=$(BUILD) $(VM_LIBURING) $@

# bookworm's packages are left for the machines
check-packages: deps
	@mkdir -p $(BUILD)
	$(SUDO) prove -v -e bash tests/packages/build.sh
	$(SUDO) prove -v -j2 -e bash tests/packages/machine.sh \
		tests/packages/kernels.sh tests/packages/trust.sh \
		tests/packages/source.sh tests/packages/cross.sh

module:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

examples:
	$(MAKE) -C userspace

# Python's package where there is Python.
PYTHON := $(shell command -v python3)

install:
	$(MAKE) -C userspace install install-libraries $(PYTHON:%=install-python)

uninstall:
	$(MAKE) -C userspace uninstall $(PYTHON:%=uninstall-python)

# DKMSFLAGS='-k VERSION' for another kernel than the running one.
DKMS_NAME := io-uring-spawn
DKMS_VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"$$/\1/p' dkms.conf)
DKMS_SOURCE := /usr/src/$(DKMS_NAME)-$(DKMS_VERSION)

# The module's sources and no more: build/ may be many GB. First what is there of
# this version, which may be built from other sources.
dkms-install: dkms-uninstall
	$(SUDO) mkdir -p $(DKMS_SOURCE)
	tar -c --exclude='*.o' --exclude='*.ko' --exclude='*.mod*' --exclude='.*.cmd' \
		Kbuild dkms.conf module include | $(SUDO) tar -x --no-same-owner -C $(DKMS_SOURCE)
	$(SUDO) dkms add $(DKMS_NAME)/$(DKMS_VERSION)
	$(SUDO) dkms install $(DKMSFLAGS) $(DKMS_NAME)/$(DKMS_VERSION)

dkms-uninstall:
	@command -v dkms >/dev/null || PATH=$$PATH:/usr/sbin command -v dkms >/dev/null || \
		{ echo 'dkms is missing: apt install dkms linux-headers-$(HOST_ARCH)' >&2; exit 1; }
	@if dpkg-query -S $(DKMS_SOURCE)/dkms.conf 2>/dev/null; then \
		echo 'a package has the module: remove that first' >&2; exit 1; fi
	if $(SUDO) dkms status $(DKMS_NAME)/$(DKMS_VERSION) | grep .; then \
		$(SUDO) dkms remove $(DKMS_NAME)/$(DKMS_VERSION) --all; fi
	$(SUDO) rm -rf $(DKMS_SOURCE)

# with what packages are built with instead of the harness's needs
deb: PACKAGES := build-essential debhelper dh-dkms dh-python dpkg-dev liburing-dev pkgconf python3
rpm: PACKAGES := make rpm xz-utils
deb rpm: OUTSIDE :=
deb rpm: deps
	packaging/build $@

clean:
	$(SUDO) rm -rf $(BUILD)/tests $(BUILD)/demo $(BUILD)/userspace $(BUILD)/log $(BUILD)/packages \
		$(BUILD)/arm64

distclean:
	$(SUDO) rm -rf --one-file-system $(BUILD)

.PHONY: help deps foreign-tests packages demo tests test lint check check-debug check-kcsan check-kernels check-packages debug-kernel fuzz soak crowd bench bench-docs bench-native bench-overhead module examples install uninstall dkms-install dkms-uninstall deb rpm clean distclean
