# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# A rack of virtual machines with BMCs, and tomte serve beside it. For scripts
# that run inside `rack/enter`, whose end also ends all that is started here:
#
#	. lib.sh
#	rack_begin DIR			an empty directory, for everything
#	rack_add r1n01 bios ipmi	... as many as are wanted
#	serve_start
#	"$TOMTE" import "$dir/rack.yaml"
#
# From the environment: TOMTE_BUILD, the build directory; TOMTE_HOOK, the
# hook's; TOMTE_IMAGE, that of image/build.
#
# Nothing waits for a time: wait_for looks until it is so, or gives up.

e2e=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PATH=$PATH:/usr/sbin:/sbin

TOMTE=${TOMTE_BUILD:?}/tomte
VMACHINE=$TOMTE_BUILD/tests/fake/vmachine
REDFISH=$TOMTE_BUILD/tests/fake/redfish_emulator
CONTROL=$VMACHINE # what a BMC moves its machine by; slow-control too
MACHINE_MORE=     # more of machine.json, such as '"rtc": "2001-01-01",'
SERVE_MORE=()     # more options of tomte serve

say()
{
	printf '%s\n' "${0##*/}: $*" >&2
}

die()
{
	say "$*"
	exit 1
}

# wait_for SECONDS WHAT CMD...
wait_for()
{
	local end=$((SECONDS + $1)) what=$2

	shift 2
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || die "waited in vain for $what"
		sleep 0.05
	done
}

# ---- the rack ----

rack_begin()
{
	dir=$1
	TOMTE_SOCKET=$dir/tomte.sock
	export TOMTE_SOCKET
	n_machines=0

	mkdir -p "$dir/log" "$dir/machine"
	# No password stands on a command line, not even on this one.
	(umask 077 && printf 'Planted%s' \
		"$(od -An -tx1 -N4 /dev/urandom | tr -d ' ')" >"$dir/password")
	cat >"$dir/rack.yaml" <<-END_YAML
		rack: demo
		subnet: 198.18.0.0/24
		gateway: 198.18.0.1
		defaults:
		  arch: x86_64
		  disk: /dev/vda
		  bmc:
		    password_file: $dir/password
		machines:
	END_YAML
	"$e2e/rack/rack-router" >"$dir/log/router.log" 2>&1 &
}

# rack_add NAME bios|uefi ipmi|redfish|dead [DISK_MIB]: a machine, switched
# off, with an empty disk; nothing answers for a dead BMC.
rack_add()
{
	local name=$1 firmware=$2 protocol=$3 size=${4:-2048}
	local at n

	n=$((++n_machines))
	at=$dir/machine/$name
	bmc_address=198.18.1.$((n + 10))
	bmc_extra=
	mkdir "$at"
	truncate -s "${size}M" "$at/disk"
	cat >"$at/machine.json" <<-END_JSON
		{
		  "name": "$name",
		  $MACHINE_MORE
		  "console": "127.0.0.1:$((7100 + n))",
		  "firmware": "$firmware",
		  "mac": "52:54:00:c6:12:$(printf %02x "$n")",
		  "tap": "$("$e2e/rack/rack-tap" "$name")",
		  "disk": "disk",
		  "memory_mb": 1024,
		  "cpus": 2
		}
	END_JSON
	"$VMACHINE" run "$at" >"$dir/log/$name.vmachine.log" 2>&1 &
	wait_for 20 "$name's power" test -S "$at/control.sock"
	"bmc_$protocol" "$name" "$at"
	cat >>"$dir/rack.yaml" <<-END_YAML
		  - name: $name
		    unit: $n
		    mac: 52:54:00:c6:12:$(printf %02x "$n")
		    ip: 198.18.0.$((n + 10))
		    firmware: $firmware
		    bmc:
		      url: ${protocol/dead/ipmi}://admin@$bmc_address
		$bmc_extra
	END_YAML
}

bmc_ipmi()
{
	local conf=$dir/bmc/$1

	"$e2e/rack/ipmi-sim-conf" "$conf" "$bmc_address" admin \
		"$(cat "$dir/password")" "$CONTROL" \
		"$(sed -n 's/.*"console": "\(.*\)",/\1/p' "$2/machine.json")"
	# what is called is "CHASSIS_CMD DIR get power"
	sed -i "s|^chassis_control .*|chassis_control \"$CONTROL $2\"|" \
		"$conf/lan.conf"
	ipmi_sim -n -c "$conf/lan.conf" -f "$conf/bmc.emu" -s "$conf/state" \
		</dev/null >"$dir/log/$1.bmc.log" 2>&1 &
	wait_for 20 "$1's BMC" udp_open "$bmc_address" 623
}

bmc_redfish()
{
	local log=$dir/log/$1.bmc.log

	"$REDFISH" --user admin --password-file "$dir/password" \
		--control "$CONTROL $2" --record "$dir/log/$1.record.log" \
		--listen "$bmc_address:443" >"$log" 2>&1 &
	wait_for 20 "$1's BMC" grep -q ready "$log"
	bmc_extra="      pin: $(sed -n 's/^pin //p' "$log")"
}

bmc_dead()
{
	:
}

udp_open()
{
	ss -Hlun "src $1:$2" | grep -q .
}

# ---- the server ----

serve_start()
{
	# It is up to systemd to restart it, or to the test. no_timer_check:
	# see rack/README.md.
	"$TOMTE" serve --state "$dir/state" --socket "$TOMTE_SOCKET" \
		--interface br0 --hook-dir "$TOMTE_HOOK" \
		--image-dir "$TOMTE_IMAGE" --kernel-args no_timer_check \
		"${SERVE_MORE[@]}" >>"$dir/log/serve.log" 2>&1 &
	serve_pid=$!
	wait_for 30 "tomte serve" serve_ready_or_dead
	kill -0 "$serve_pid" 2>/dev/null || {
		tail -n 20 "$dir/log/serve.log" >&2
		die "tomte serve has ended"
	}
}

serve_ready_or_dead()
{
	! kill -0 "$serve_pid" 2>/dev/null || api /readyz
}

# Politely: what a clean stop leaves behind (a core, a leak) would show.
serve_stop()
{
	local status=0

	kill -TERM "$serve_pid"
	wait "$serve_pid" || status=$?
	[ "$status" = 0 ] || die "tomte serve ended with $status"
}

serve_kill()
{
	kill -KILL "$serve_pid"
	wait "$serve_pid" 2>/dev/null || true
}

# api PATH: what the API says, without the command line's help.
api()
{
	curl -fsS --noproxy '*' --max-time 20 \
		--unix-socket "$TOMTE_SOCKET" "http://tomte$1"
}

runs()
{
	api /apis/tomte.dev/v1alpha1/namespaces/default/runs
}

# run_of NAME: one, with its events.
run_of()
{
	api "/apis/tomte.dev/v1alpha1/namespaces/default/runs/$1"
}

# field_of RUN PATH: what stands there, such as .status.phase; python's json
# is on every machine that builds this.
field_of()
{
	run_of "$1" | python3 -c '
import functools, json, sys
keys = sys.argv[1].strip(".").split(".")
print(functools.reduce(lambda at, key: at.get(key, ""), keys,
                       json.load(sys.stdin)))' "$2"
}

# in_phase RUN PHASE...
in_phase()
{
	local phase

	phase=$(field_of "$1" .status.phase) || return 1
	shift
	[[ " $* " == *" $phase "* ]]
}

ended()
{
	in_phase "$1" ended
}

# n_times PATTERN FILE: how many lines match.
n_times()
{
	grep -cE "$1" "$2" || true
}

# expect WHAT GOT WANTED
expect()
{
	[ "$2" = "$3" ] || die "$1: got \"$2\", expected \"$3\""
	say "good: $1: $2"
}

# expect_text WHAT TEXT PATTERN
expect_text()
{
	grep -qE "$3" <<<"$2" || die "$1: \"$3\" is not in: $2"
	say "good: $1: $3"
}

# The password of the BMCs is in none of what was written or can be asked.
expect_no_secret()
{
	local password found

	password=$(cat "$dir/password")
	found=$(grep -rlaF "$password" "$dir/log" "$dir/state" || true)
	[ -z "$found" ] || die "the password is in $found"
	! { runs; api /api/v1/secrets; api /api/v1/events; } |
		grep -qF "$password" || die "the API shows the password"
	say "good: no password in logs, inventory and answers"
}

# template_begin NAME [FILE]: image onto the first disk, and cloud-init's
# settings beside it; more actions may follow.
template_begin()
{
	local name=$1 file=${2:-debian-12.img.zst}
	local sum

	sum=$(cut -d' ' -f1 "$TOMTE_IMAGE/debian-12.img.zst.sha256")
	cat <<-END_YAML
		apiVersion: tinkerbell.org/v1alpha1
		kind: Template
		metadata:
		  name: $name
		spec:
		  data: |
		    version: "0.1"
		    name: $name
		    global_timeout: 1800
		    tasks:
		      - name: install
		        worker: "{{.device_1}}"
		        actions:
		          - name: write-image
		            image: quay.io/tinkerbell/actions/image2disk:latest
		            timeout: 900
		            environment:
		              DEST_DISK: "{{ index .Hardware.Disks 0 }}"
		              IMG_URL: "{{ .tomte.imageURL }}/$file"
		              COMPRESSED: "true"
		              CHECKSUM: "sha256:$sum"
		          - name: cloud-init
		            image: quay.io/tinkerbell/actions/writefile:latest
		            timeout: 90
		            environment:
		              DEST_DISK: "{{ formatPartition ( index .Hardware.Disks 0 ) 3 }}"
		              FS_TYPE: ext4
		              DEST_PATH: /etc/cloud/cloud.cfg.d/99_tomte.cfg
		              CONTENTS: |
		                datasource_list: [NoCloud]
		                datasource: {NoCloud: {seedfrom: "{{ .tomte.metadataURL }}"}}
		              UID: "0"
		              GID: "0"
		              MODE: "0644"
		              DIRMODE: "0755"
	END_YAML
}

# template_action NAME IMAGE [LINE...]: one more, with lines of its own.
template_action()
{
	local line

	printf '          - name: %s\n            image: %s\n' "$1" "$2"
	shift 2
	for line; do
		printf '            %s\n' "$line"
	done
}

# template_command NAME COMMAND [LINE...]: in what was installed.
template_command()
{
	local name=$1 command=$2

	shift 2
	template_action "$name" quay.io/tinkerbell/actions/cexec:latest "$@" \
		'environment:' \
		'  BLOCK_DEVICE: "{{ formatPartition ( index .Hardware.Disks 0 ) 3 }}"' \
		'  FS_TYPE: ext4' \
		'  CHROOT: "y"' \
		'  DEFAULT_INTERPRETER: "/bin/sh -c"' \
		"  CMD_LINE: '$command'"
}

# debian_template NAME [FILE]: an operator's own needs no more.
debian_template()
{
	template_begin "$@"
	template_action restart reboot 'timeout: 90'
}
