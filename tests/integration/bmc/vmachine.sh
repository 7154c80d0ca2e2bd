#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The virtual machine's power switch, with boot sectors that reset the
# machine or switch it off as a guest does.
#
#	vmachine.sh PROGRAM
set -euo pipefail

program=$1
command -v qemu-system-x86_64 >/dev/null || exit 77
dir=$(mktemp -d)
trap 'kill "$pid" 2>/dev/null || true; rm -rf "$dir"' EXIT

die()
{
	echo "vmachine.sh: $*" >&2
	cat "$dir/power.log" "$dir/qemu.log" >&2 || true
	exit 1
}

vm()
{
	"$program" "$dir" "$@"
}

is()
{
	[ "$(vm get "$1")" = "$1:$2" ] || die "$1 is $(vm get "$1"), not $2"
}

# A boot sector of these bytes (hex).
disk()
{
	head -c 1048576 /dev/zero >"$dir/disk.img"
	# shellcheck disable=SC2001
	printf '%b' "$(sed 's/../\\x&/g' <<<"$1")" |
		dd of="$dir/disk.img" conv=notrunc status=none
	printf '\x55\xaa' |
		dd of="$dir/disk.img" bs=1 seek=510 conv=notrunc status=none
}

await()
{
	local i

	for ((i = 0; i < 300; i++)); do
		! grep -q "$1" "$dir/power.log" || return 0
		sleep 0.1
	done
	die "\"$1\" does not come"
}

# Halts: hlt, jmp back
disk f4ebfd
echo '{"name":"m1","firmware":"bios","disk":"disk.img","memory_mb":128}' \
	>"$dir/machine.json"
"$program" run "$dir" >"$dir/out" &
pid=$!
for ((i = 0; i < 100; i++)); do
	! grep -qs ready "$dir/out" || break
	sleep 0.1
done

# The switch, and an override that holds once.
is power 0
vm set boot pxe,uefi
is boot pxe,uefi
vm set power 1
is power 1
is boot none
vm set boot pxe,persistent
vm set reset 1
is power 1
is boot pxe,persistent
vm set boot none
vm set power 0
is power 0
! pgrep -f "qemu.*$dir" >/dev/null || die "QEMU still runs"

# A guest that resets itself by the keyboard controller: mov al,fe; out 64,al
disk b0fee664f4ebfd
vm set boot pxe
vm set boot none
vm set power 1
await "start guest-reset"
vm set power 0

# A guest that switches itself off by ACPI: mov dx,604; mov ax,2000; out dx,ax
disk ba0406b80020eff4ebfd
vm set power 1
await "kill guest-shutdown"
is power 0

# Its QEMU does not outlive it.
disk f4ebfd
vm set power 1
qemu=$(sed -n 's/.* start .* pid=//p' "$dir/power.log" | tail -1)
kill -0 "$qemu" || die "QEMU $qemu does not run"
kill -KILL "$pid"
wait "$pid" 2>/dev/null || true
for ((i = 0; i < 50; i++)); do
	kill -0 "$qemu" 2>/dev/null || exit 0
	sleep 0.1
done
die "QEMU outlives its supervisor"
