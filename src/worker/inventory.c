/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/inventory.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "worker/sysfs.h"

#define MAX_ENTRIES 256
#define MAX_FLAGS   512
#define MAX_CPUINFO (4 * 1024 * 1024)

/* As ghw says it: the next lower unit, no decimals. */
static void set_size(json_t *object, const char *name, uint64_t bytes)
{
	static const char *const units[] = {
		"B", "KB", "MB", "GB", "TB", "PB"
	};
	size_t unit = 0;
	char text[32];

	while (bytes >= 1024 && unit + 1 < ARRAY_LEN(units)) {
		bytes /= 1024;
		unit++;
	}
	snprintf(text, sizeof(text), "%" PRIu64 "%s", bytes, units[unit]);
	json_object_set_new(object, name, json_string(text));
}

/* Firmware writes what it likes into its strings. */
static void set_text(json_t *object, const char *name, const char *text)
{
	json_t *value = json_string(text);

	if (value && *text)
		json_object_set_new(object, name, value);
	else
		json_decref(value);
}

static void set_file(json_t *object, const char *name, const char *format,
		     const char *device)
{
	char path[512];
	char value[256];

	snprintf(path, sizeof(path), "%s%s", device, format);
	if (sysfs_value(path, value, sizeof(value)))
		set_text(object, name, value);
}

/* The name of what a link points to, as "driver" does to its driver. */
static void set_link(json_t *object, const char *name, const char *path)
{
	char target[512];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	const char *slash;

	if (n <= 0)
		return;
	target[n] = '\0';
	slash = strrchr(target, '/');
	set_text(object, name, slash ? slash + 1 : target);
}

/* "name\t: value" of one line of /proc/cpuinfo, or NULL. */
static const char *cpuinfo_value(const char *line, const char *name)
{
	const char *colon = strchr(line, ':');

	if (!colon || strncmp(line, name, strlen(name)) != 0)
		return NULL;
	if (line[strlen(name)] != '\t' && line[strlen(name)] != ' ' &&
	    line[strlen(name)] != ':')
		return NULL;
	return colon[1] ? colon + 2 : colon + 1;
}

struct socket {
	char vendor[64];
	char model[128];
	uint32_t cores;
	uint32_t threads;
	const char *flags; /* of the text that is read; NULL: none */
};

static void on_cpu_line(const char *line, struct socket *sockets,
			size_t *current)
{
	const char *value;
	uint32_t number;

	if ((value = cpuinfo_value(line, "physical id")) &&
	    str_parse_u32(value, MAX_ENTRIES - 1, &number)) {
		/* vendor and model come before their socket is named */
		if (number != *current) {
			memcpy(sockets[number].vendor, sockets[*current].vendor,
			       sizeof(sockets[0].vendor));
			memcpy(sockets[number].model, sockets[*current].model,
			       sizeof(sockets[0].model));
			sockets[number].threads++;
			sockets[*current].threads--;
			*current = number;
		}
	} else if (cpuinfo_value(line, "processor")) {
		sockets[*current].threads++;
	} else if ((value = cpuinfo_value(line, "vendor_id"))) {
		str_copy(sockets[*current].vendor, sizeof(sockets[0].vendor),
			 value);
	} else if ((value = cpuinfo_value(line, "model name"))) {
		str_copy(sockets[*current].model, sizeof(sockets[0].model),
			 value);
	} else if ((value = cpuinfo_value(line, "cpu cores"))) {
		str_parse_u32(value, 4096, &sockets[*current].cores);
	} else if ((value = cpuinfo_value(line, "flags")) ||
		   (value = cpuinfo_value(line, "Features"))) {
		sockets[*current].flags = value;
	}
}

static json_t *words_of(const char *text)
{
	json_t *list = json_array();

	while (*(text += strspn(text, " ")) &&
	       json_array_size(list) < MAX_FLAGS) {
		size_t n = strcspn(text, " ");

		json_array_append_new(list, json_stringn(text, n));
		text += n;
	}
	return list;
}

static json_t *collect_cpu(void)
{
	AUTO_FREE char *text = sysfs_read("/proc/cpuinfo", MAX_CPUINFO);
	AUTO_FREE struct socket *sockets =
		xcalloc(MAX_ENTRIES, sizeof(*sockets));
	json_t *cpu = json_object();
	json_t *processors = json_array();
	uint32_t cores = 0;
	uint32_t threads = 0;
	size_t current = 0;
	char *rest = NULL;

	for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		on_cpu_line(line, sockets, &current);
	for (size_t i = 0; i < MAX_ENTRIES; i++) {
		const struct socket *socket = &sockets[i];
		uint32_t own = socket->cores ? socket->cores : socket->threads;
		json_t *one;

		if (!socket->threads)
			continue;
		one = json_object();
		json_object_set_new(one, "id", json_integer((json_int_t)i));
		json_object_set_new(one, "cores", json_integer(own));
		json_object_set_new(one, "threads",
				    json_integer(socket->threads));
		set_text(one, "vendor", socket->vendor);
		set_text(one, "model", socket->model);
		if (socket->flags)
			json_object_set_new(one, "capabilities",
					    words_of(socket->flags));
		json_array_append_new(processors, one);
		cores += own;
		threads += socket->threads;
	}
	json_object_set_new(cpu, "totalCores", json_integer(cores));
	json_object_set_new(cpu, "totalThreads", json_integer(threads));
	json_object_set_new(cpu, "processors", processors);
	return cpu;
}

/*
 * What is usable the kernel says; what is built in we take from its memory
 * blocks, where it has them.
 */
static json_t *collect_memory(void)
{
	AUTO_FREE char *text = sysfs_read("/proc/meminfo", 64 * 1024);
	const char *total = text ? strstr(text, "MemTotal:") : NULL;
	json_t *memory = json_object();
	uint64_t kib = 0;

	if (total && sscanf(total, "MemTotal: %" SCNu64, &kib) != 1)
		kib = 0;
	set_size(memory, "total", kib * 1024);
	set_size(memory, "usable", kib * 1024);
	return memory;
}

static bool is_disk(const char *name)
{
	static const char *const others[] = { "loop", "ram", "zram", "dm-",
					      "md",   "nbd", "sr",   "fd" };
	char path[400];
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (str_starts(name, others[i]))
			return false;
	snprintf(path, sizeof(path), "/sys/block/%s/device", name);
	return stat(path, &st) == 0;
}

static json_t *collect_disk(const char *name)
{
	json_t *disk = json_object();
	char device[300];
	char path[400];
	const char *type = "SSD";

	snprintf(device, sizeof(device), "/sys/block/%s", name);
	set_text(disk, "name", name);
	snprintf(path, sizeof(path), "%s/queue/rotational", device);
	if (sysfs_number(path, 0))
		type = "HDD";
	set_text(disk, "driveType", type);
	if (str_starts(name, "nvme"))
		set_text(disk, "controllerType", "NVMe");
	else if (str_starts(name, "vd"))
		set_text(disk, "controllerType", "virtio");
	else
		set_text(disk, "controllerType", "SCSI");
	snprintf(path, sizeof(path), "%s/size", device);
	set_size(disk, "size", (uint64_t)sysfs_number(path, 0) * 512);
	snprintf(path, sizeof(path), "%s/queue/physical_block_size", device);
	set_size(disk, "physicalBlockSize", (uint64_t)sysfs_number(path, 0));
	set_file(disk, "vendor", "/device/vendor", device);
	set_file(disk, "model", "/device/model", device);
	set_file(disk, "wwn", "/wwid", device);
	set_file(disk, "wwn", "/device/wwid", device);
	/* virtio has it at the disk, NVMe at the controller */
	set_file(disk, "serialNumber", "/serial", device);
	set_file(disk, "serialNumber", "/device/serial", device);
	return disk;
}

static json_t *collect_nic(const char *name)
{
	char device[300];
	char path[400];
	json_t *nic;
	struct stat st;
	int64_t speed;

	snprintf(device, sizeof(device), "/sys/class/net/%s", name);
	snprintf(path, sizeof(path), "%s/device", device);
	if (stat(path, &st))
		return NULL; /* lo, bridges and such */
	nic = json_object();
	set_text(nic, "name", name);
	set_file(nic, "mac", "/address", device);
	snprintf(path, sizeof(path), "%s/speed", device);
	speed = sysfs_number(path, -1);
	if (speed > 0) {
		char text[32];

		snprintf(text, sizeof(text), "%" PRId64 "Mb/s", speed);
		set_text(nic, "speed", text);
	}
	snprintf(path, sizeof(path), "%s/device/driver", device);
	set_link(nic, "driver", path);
	return nic;
}

/* VGA, and 3D controllers without a display. */
static bool is_gpu(const char *class)
{
	return str_starts(class, "0x0300") || str_starts(class, "0x0302");
}

/*
 * Tinkerbell's agent has names here, out of a list that ghw brings with it:
 * we have the numbers, as sysfs writes them ("0x8086").
 */
static json_t *collect_pci(const char *address)
{
	json_t *pci = json_object();
	char device[300];
	char path[400];

	snprintf(device, sizeof(device), "/sys/bus/pci/devices/%s", address);
	set_file(pci, "vendor", "/vendor", device);
	set_file(pci, "product", "/device", device);
	set_file(pci, "class", "/class", device);
	snprintf(path, sizeof(path), "%s/driver", device);
	set_link(pci, "driver", path);
	return pci;
}

static json_t *collect_gpu(const char *address)
{
	json_t *pci = collect_pci(address);
	const char *class = json_str_at(pci, "class");

	if (class && is_gpu(class))
		return pci;
	json_decref(pci);
	return NULL;
}

static json_t *collect_disk_if(const char *name)
{
	return is_disk(name) ? collect_disk(name) : NULL;
}

static json_t *collect_each(const char *path, json_t *(*one)(const char *))
{
	json_t *list = json_array();
	struct dirent **entries = NULL;
	int n = scandir(path, &entries, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		json_t *value = NULL;

		if (entries[i]->d_name[0] != '.' &&
		    json_array_size(list) < MAX_ENTRIES)
			value = one(entries[i]->d_name);
		if (value)
			json_array_append_new(list, value);
		free(entries[i]);
	}
	free(entries);
	return list;
}

struct dmi_field {
	const char *group;
	const char *name;
	const char *file;
};

static void collect_dmi(json_t *attributes)
{
	static const struct dmi_field fields[] = {
		{ "chassis", "serial", "/chassis_serial" },
		{ "chassis", "vendor", "/chassis_vendor" },
		{ "bios", "vendor", "/bios_vendor" },
		{ "bios", "version", "/bios_version" },
		{ "bios", "releaseDate", "/bios_date" },
		{ "baseboard", "vendor", "/board_vendor" },
		{ "baseboard", "product", "/board_name" },
		{ "baseboard", "version", "/board_version" },
		{ "baseboard", "serialNumber", "/board_serial" },
		{ "product", "name", "/product_name" },
		{ "product", "vendor", "/sys_vendor" },
		{ "product", "serialNumber", "/product_serial" },
	};

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		json_t *group = json_object_get(attributes, fields[i].group);

		if (!group) {
			group = json_object();
			json_object_set_new(attributes, fields[i].group, group);
		}
		set_file(group, fields[i].name, fields[i].file,
			 "/sys/class/dmi/id");
	}
}

/* Not Tinkerbell's: what a machine of the inventory is booted by. */
static void collect_firmware(json_t *attributes)
{
	struct utsname name;

	if (uname(&name) == 0)
		set_text(attributes, "architecture", name.machine);
	json_object_set_new(attributes, "firmware",
			    json_string(access("/sys/firmware/efi", F_OK)
						? "bios"
						: "uefi"));
}

char *inventory_collect(void)
{
	AUTO_JSON json_t *attributes = json_object();

	json_object_set_new(attributes, "cpu", collect_cpu());
	json_object_set_new(attributes, "memory", collect_memory());
	json_object_set_new(attributes, "blockDevices",
			    collect_each("/sys/block", collect_disk_if));
	json_object_set_new(attributes, "networkInterfaces",
			    collect_each("/sys/class/net", collect_nic));
	json_object_set_new(attributes, "pciDevices",
			    collect_each("/sys/bus/pci/devices", collect_pci));
	json_object_set_new(attributes, "gpuDevices",
			    collect_each("/sys/bus/pci/devices", collect_gpu));
	collect_firmware(attributes);
	collect_dmi(attributes);
	return json_text(attributes);
}
