#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Secure Boot: UEFI firmware with Microsoft's keys, Debian's signed shim, GRUB and
# kernel, which locks itself down. The module as DKMS has signed it is refused;
# with DKMS's key in the list of machine owner's keys, where mokutil --import and
# the MOK manager put it, it is loaded and spawns. Needs what build.sh has left.
set -eu
. "$(dirname "$0")/lib.sh"

if [ "$HOST_ARCH" != amd64 ]; then
	skip "Secure Boot" "the machine is a PC"
	finish
fi

[ -d "$DEBS" ] || die "no packages to test: build.sh makes them"
mkdir -p "$BUILD/log"
GUID=605dab50-e046-4300-abb6-3dd810dd8b23	# shim's, of its variables

# Debian's signed loaders need no installation.
fetch_loaders() {
	in_root "$root" sh -c 'cd /tmp && apt-get -q -o APT::Sandbox::User=root download \
		shim-signed grub-efi-amd64-signed && for deb in ./*.deb; do dpkg-deb -x "$deb" loaders; done'
}

# What the machine does: insmod says why not.
make_initrd() {
	local guest=$work/guest kernel
	kernel=$(ls "$root/lib/modules")
	rm -rf "$guest"
	mkdir -p "$guest/bin" "$guest/sys" "$guest/dev" "$guest/proc"
	cp "$(command -v busybox)" "$guest/bin/busybox"
	module_of "$kernel" >"$guest/signed.ko" && split_signature "$guest/signed.ko" &&
		mv "$guest/signed.ko.content" "$guest/unsigned.ko" &&
		rm "$guest/signed.ko.signature" || return
	# the root's own shell is to expand this
	# shellcheck disable=SC2016
	in_root "$root" sh -c 'cc -static -o /tmp/spawn \
		/usr/share/doc/libio-uring-spawn-dev/examples/spawn.c \
		$(pkg-config --cflags --libs --static io_uring_spawn)' || return
	cp "$root/tmp/spawn" "$guest/spawn"
	cat >"$guest/init" <<'END'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t securityfs security /sys/kernel/security
exec >/dev/ttyS1 2>&1
echo "lockdown: $(cat /sys/kernel/security/lockdown)"
echo "unsigned: $(insmod /unsigned.ko 2>&1 && echo loaded)"
echo "signed: $(insmod /signed.ko 2>&1 && echo loaded)"
/spawn /bin/echo spawned
echo 0 >/sys/module/io_uring_spawn/parameters/armed && rmmod io_uring_spawn && echo unloaded
poweroff -f
END
	chmod 755 "$guest/init"
	(cd "$guest" && find . | cpio --quiet -o -H newc -R 0:0 | gzip) >"$firmware/tmp/initrd"
}

# The disk that the firmware starts, and its variables without and with the key.
make_firmware() {
	cp "$root"/boot/vmlinuz-* "$firmware/tmp/vmlinuz"
	cp "$root/tmp/loaders/usr/lib/shim/shimx64.efi.signed" \
		"$root/tmp/loaders/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed" "$firmware/tmp"
	in_root "$root" openssl x509 -inform DER -in /var/lib/dkms/mok.pub >"$firmware/tmp/mok.pem"
	printf '%s\n' 'linux /vmlinuz console=ttyS0 panic=-1 oops=panic' 'initrd /initrd' boot \
		>"$firmware/tmp/grub.cfg"
	rm -f "$firmware/tmp/disk"
	truncate -s 96M "$firmware/tmp/disk"
	# shellcheck disable=SC2016 # the root's own shell is to expand this
	in_root "$firmware" sh -euc 'cd /tmp
		mformat -i disk -F ::
		mmd -i disk ::/EFI ::/EFI/BOOT ::/EFI/debian
		mcopy -i disk shimx64.efi.signed ::/EFI/BOOT/BOOTX64.EFI
		mcopy -i disk grubx64.efi.signed ::/EFI/BOOT/grubx64.efi
		mcopy -i disk grub.cfg ::/EFI/debian/grub.cfg
		mcopy -i disk vmlinuz initrd ::
		cp /usr/share/OVMF/OVMF_VARS_4M.ms.fd vars
		virt-fw-vars --input vars --output vars-mok --add-mok "$0" mok.pem' "$GUID"
}

# VARS: until the machine is switched off
boot() {
	local accel=tcg cpu=max try
	! has_kvm || accel=kvm cpu=host
	cp "$firmware/tmp/$1" "$work/vars"
	# an emulated machine may die while its kernel patches itself
	for try in 1 2 3; do
		timeout -k 5 400 qemu-system-x86_64 -accel "$accel" -cpu "$cpu" -smp 1 -m 1024 \
			-machine q35,smm=on -global driver=cfi.pflash01,property=secure,value=on \
			-nodefaults -display none -net none -no-reboot \
			-drive "if=pflash,format=raw,unit=0,readonly=on,file=$firmware/usr/share/OVMF/OVMF_CODE_4M.secboot.fd" \
			-drive "if=pflash,format=raw,unit=1,file=$work/vars" \
			-drive "file=$firmware/tmp/disk,if=virtio,format=raw,snapshot=on" \
			-chardev "file,id=console,path=$log.dmesg" -serial chardev:console \
			-chardev "file,id=out,path=$work/out" -serial chardev:out || return
		! grep -q ^lockdown "$work/out" || break
		echo "# try $try: no word of the machine"
	done
	tr -d '\r' <"$work/out" >"$log.out"
	grep -q ^lockdown "$log.out"
}

says() { cat "$log.out" && grep -q "^$1" "$log.out"; }
clean_log() { refute grep -nE "$KERNEL_REPORTS" "$log.dmesg"; }
rejected="insmod: can't insert '/%s.ko': Key was rejected by service"

copy_root firmware trixie firmware
firmware=$work/firmware
for suite in $SUITES; do
	copy_root machine "$suite" "$suite"
	root=$work/$suite
	check "$suite: the packages are installed" install_packages
	check "$suite: the signed loaders are fetched" fetch_loaders
	check "$suite: the machine is made ready" make_initrd
	check "$suite: its firmware is" make_firmware

	log=$BUILD/log/packages-$suite-foreign
	check "$suite: Secure Boot" boot vars
	check "$suite: the kernel is locked down" says 'lockdown: none \[integrity\]'
	# shellcheck disable=SC2059 # with a name in it
	check "$suite: without DKMS's key its module is refused" \
		says "signed: $(printf "$rejected" signed)"
	# shellcheck disable=SC2059
	check "$suite: and one that is not signed" says "unsigned: $(printf "$rejected" unsigned)"
	check "$suite: nothing can spawn" says 'spawn: '
	check "$suite: the kernel's log reports nothing" clean_log

	log=$BUILD/log/packages-$suite-mok
	check "$suite: Secure Boot with DKMS's key" boot vars-mok
	check "$suite: the kernel is locked down" says 'lockdown: none \[integrity\]'
	# shellcheck disable=SC2059
	check "$suite: what is not signed is refused" says "unsigned: $(printf "$rejected" unsigned)"
	check "$suite: DKMS's module is loaded" says 'signed: loaded'
	check "$suite: it spawns" says spawned
	check "$suite: and is unloaded" says unloaded
	check "$suite: the kernel's log reports nothing" clean_log
	drop_root "$suite"
done
finish
